"""`mactl audit`: whether mail from a domain will be believed.

Which domains (`domains`), all of them at once (`running`), and what changed since an earlier report (`earlier`).
"""
