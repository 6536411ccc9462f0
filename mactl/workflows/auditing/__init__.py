"""`mactl audit`: whether mail from a domain will be believed.

Which domains (`domains`), by what means (`sources`), all of them at once (`running`), to an `outcome` for each, held
against an `earlier` report: one `request`. A received message and aggregate reports are `evidence`.
"""
