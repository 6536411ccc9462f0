"""Text files: encodings, line ends, delimiters, quotes, headers, and files that are only half there."""

from tests.people.corpus.case import Case

ANN = {"email": "ann@example.com", "name": "Ann"}
RENEE = {"email": "ann@example.com", "name": "Renée"}
TABLE = "email,name\nann@example.com,Renée\n"

CASES = [
    Case("utf-8 with a byte order mark", TABLE.encode("utf-8-sig"), [RENEE]),
    Case(
        "two byte order marks, one of each file that was pasted together",
        b"\xef\xbb\xbf\xef\xbb\xbf" + TABLE.encode(),
        [RENEE],
    ),
    Case("utf-16 little endian with a byte order mark", TABLE.encode("utf-16"), [RENEE]),
    Case("utf-16 little endian without one", TABLE.encode("utf-16-le"), [RENEE]),
    Case("utf-16 big endian without one", TABLE.encode("utf-16-be"), [RENEE]),
    Case(
        "utf-16 as Excel saves Unicode text: tabs and CR LF",
        TABLE.replace(",", "\t").replace("\n", "\r\n").encode("utf-16"),
        [RENEE],
        file="contacts.txt",
    ),
    Case(
        "utf-16 of which the last byte is missing",
        TABLE.encode("utf-16")[:-1],
        [],
        ["2: source-undecodable"],
    ),
    Case(
        "cp1252 that says so nowhere",
        TABLE.encode("cp1252"),
        [RENEE],
        ["2: source-encoding-assumed"],
    ),
    Case(
        "cp1252 that mactl.yaml declares",
        TABLE.encode("cp1252"),
        [RENEE],
        source={"encoding": "cp1252"},
    ),
    Case(
        "an encoding declared that the file is not in",
        TABLE.encode("utf-8"),
        [RENEE],
        source={"encoding": "cp1252"},
    ),
    Case(
        "old Macintosh: Mac Roman and lines that end in CR alone",
        TABLE.replace("\n", "\r").encode("mac_roman"),
        [RENEE],
        source={"encoding": "mac_roman"},
    ),
    Case(
        "every kind of line end in one file",
        b"email,name\r\nann@example.com,Ann\rbo@example.com,Bo\ncy@example.com,Cy",
        [
            ANN,
            {"email": "bo@example.com", "name": "Bo"},
            {"email": "cy@example.com", "name": "Cy"},
        ],
    ),
    Case(
        "Dutch Excel: semicolons, and commas inside of cells",
        b'email;name;note\r\nann@example.com;Ann;"a, b; c"\r\nbo@example.com;Bo;1,5 kg, or 2,5\r\n',
        [
            {**ANN, "note": "a, b; c"},
            {"email": "bo@example.com", "name": "Bo", "note": "1,5 kg, or 2,5"},
        ],
    ),
    Case(
        "semicolons, with a comma in a name of the header and in every row",
        b"email;naam, voornaam\nann@example.com;Jansen, Ann\nbo@example.com;Smit, Bo\n",
        [
            {"email": "ann@example.com", "naam_voornaam": "Jansen, Ann"},
            {"email": "bo@example.com", "naam_voornaam": "Smit, Bo"},
        ],
    ),
    Case(
        "tabs in a file called .csv",
        b"email\tname\nann@example.com\tAnn\n",
        [ANN],
    ),
    Case("pipes", b"email|name\nann@example.com|Ann\n", [ANN]),
    Case(
        "Excel's line that names the delimiter",
        b"sep=;\r\nemail;name\r\nann@example.com;Ann\r\n",
        [ANN],
    ),
    Case(
        "Excel's line between quotes, behind a byte order mark",
        b'\xef\xbb\xbf"sep=|"\r\nemail|name\r\nann@example.com|Ann\r\n',
        [ANN],
    ),
    Case(
        "a title, its date and a blank line above the header",
        b"Customers of Acme\n2026-11-20\n\nemail,name,city\nann@example.com,Ann,Delft\n",
        [{**ANN, "city": "Delft"}],
        ["4: source-title-lines"],
    ),
    Case(
        "a title that Excel fills up with delimiters",
        b"Customers of Acme;;\n;;\nemail;name;city\nann@example.com;Ann;Delft\n",
        [{**ANN, "city": "Delft"}],
        ["3: source-title-lines"],
    ),
    Case(
        "remarks above the header, with commas in them",
        b"# Export, made on 3 April, by hand\n# ------\nemail,name\nann@example.com,Ann\n",
        [ANN],
        ["3: source-title-lines"],
    ),
    Case(
        "a title in two cells",
        b"Export,2026-11-20\nemail,name,city\nann@example.com,Ann,Delft\nbo@example.com,Bo,Ede\n",
        [{**ANN, "city": "Delft"}, {"email": "bo@example.com", "name": "Bo", "city": "Ede"}],
        ["2: source-title-lines"],
    ),
    Case(
        "rows that end in a delimiter that the header lacks",
        b"email,name\nann@example.com,Ann,\nbo@example.com,Bo,\n",
        [ANN, {"email": "bo@example.com", "name": "Bo"}],
    ),
    Case(
        "names between blanks, quotes and what nobody sees",
        '"\ufeff email\u00a0",\u200bna\u00adme,“City”\nann@example.com,Ann,Delft\n'.encode(),
        [{**ANN, "city": "Delft"}],
    ),
    Case(
        "two columns of one name, and one that has none",
        b"email,Name,name,\nann@example.com,Ann,Anna,x\n",
        [ANN],
        ["1: source-duplicate-header", "1: source-empty-header"],
    ),
    Case(
        "a column that mactl.yaml maps onto one that the file has too",
        b"email,phone,Mobiel\nann@example.com,010-1234567,0612345678\n",
        [
            {
                "email": "ann@example.com",
                "phone_2": "010-1234567",
                "phone": "0612345678",
                "data_flags": ["phone_invented"],
            }
        ],
        ["2: contact-invented-phone"] * 2,
        source={"columns": {"Mobiel": "phone"}},
    ),
    Case(
        "a mapping of a column that is not there",
        b"email,name\nann@example.com,Ann\n",
        [ANN],
        ["1: source-unknown-column"],
        source={"columns": {"E-mail": "email"}},
    ),
    Case(
        "quotes doubled, newlines and delimiters within them",
        b'email,name,note\nann@example.com,"Ann ""the\nBrave"" ",";,"\n',
        [{"email": "ann@example.com", "name": 'Ann "the Brave"', "note": ";,"}],
    ),
    Case(
        "a quoted cell that never ends",
        b'email,name\nann@example.com,"Ann\nbo@example.com,Bo\n',
        [{"email": "bo@example.com", "name": "Bo"}],
        ["2: source-broken-quote"],
    ),
    Case(
        "a quote that closes before the cell does",
        b'email,name\nann@example.com,"Ann" Jansen\nbo@example.com,Bo\n',
        [{"email": "bo@example.com", "name": "Bo"}],
        ["2: source-broken-quote"],
    ),
    Case(
        "half a file: its last row stops in the middle",
        b"email,name,city\nann@example.com,Ann,Delft\nbo@exam",
        [{**ANN, "city": "Delft"}],
        ["3: source-cell-count"],
    ),
    Case(
        "half a file: its last letter stops in the middle",
        "email,name\nann@example.com,Renée\nbo@example.com,Zoë".encode()[:-1],
        [RENEE],
        ["3: source-undecodable"],
    ),
    Case(
        "NUL bytes in one row",
        b"email,name\nann@example.com,Ann\nbo@example.com,B\x00o\n",
        [ANN],
        ["3: source-nul-byte"],
    ),
    Case(
        "what exports put around cells for a spreadsheet's sake",
        b"""email,name,phone,code,note\nann@example.com,'t Hooft,'+31612345678,="00123",'=1+1\n""",
        [
            {
                "email": "ann@example.com",
                "name": "'t Hooft",
                "phone": "+31612345678",
                "code": "00123",
                "note": "=1+1",
                "data_flags": ["formula", "phone_invented"],
            }
        ],
        ["2: contact-formula", "2: contact-invented-phone"],
    ),
    Case("only a header", b"email,name\n", []),
    Case("nothing at all", b"", refused="contacts.csv: the file is empty"),
    Case("nothing but blanks", b" \r\n\t\n", refused="contacts.csv: the file is empty"),
    Case("nothing but NUL bytes", b"\x00" * 64, refused="contacts.csv: the file is empty"),
    Case(
        "no header",
        b"ann@example.com,Ann\nbo@example.com,Bo\n",
        refused="contacts.csv:1: the first row holds an address ('ann@example.com'),"
        " not the names of columns",
    ),
    Case(
        "a header that nobody is known by",
        b"name,city\nAnn,Delft\n",
        refused="contacts.csv: no column is called contact_id or email; there are name, city",
    ),
    Case(
        "rows that are too short and too long",
        b"email,name\nann@example.com\nbo@example.com,Bo,more\nann@example.com,Ann\n",
        [ANN],
        ["2: source-cell-count", "3: source-cell-count"],
    ),
]
