"""A page that stands alone: no script, nothing fetched, and readable on paper."""

from html import escape

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
h1 { font-size: 1.6rem; line-height: 1.2; margin-bottom: .2rem } h2 { font-size: 1.15rem; margin: 2rem 0 .4rem }
.under { color: #666; margin-top: 0 }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid #ddd }
th { font-weight: 600; width: 14rem } td { overflow-wrap: anywhere; white-space: pre-wrap }
thead th { width: auto; color: #666; font-weight: 500 }
@media print { body { margin: 0; max-width: none } h2 { break-after: avoid } tr { break-inside: avoid } }
@media (prefers-color-scheme: dark) {
  body { background: #161616; color: #ddd } th, td { border-color: #444 } .under, thead th { color: #aaa }
}
"""


def page(title: str, under: str, body: str) -> str:
    """A whole HTML document around `body`, which is HTML already."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f'<h1>{escape(title)}</h1>\n<p class="under">{escape(under)}</p>\n{body}\n</body>\n</html>\n'
    )
