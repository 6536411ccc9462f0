"""The header layouts of the exports of well-known programs: a module each, which is data alone."""
