# SPDX-License-Identifier: LGPL-3.0-or-later
"""The lint's messages, and what the writers make of one declaration of each form."""
import tempfile
import unittest
from pathlib import Path

from apigen import cpp, pages, schema, shell

GOOD = '''
[struct.pair]
doc = "Two values."
fields = ["left: string", "right: int64"]

[do_thing]
since = "0.1"
group = "things"
args = ["path: pathname", "count: int", "input: filein"]
optargs = ["deep: bool", "names: stringlist"]
ret = "structlist pair"
brief = "do a thing"
doc = """Does it count times."""
alias = ["thing"]
progress = true
'''


def load(text):
    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder) / "room"
        room.mkdir()
        (room / "actions.toml").write_text(text)
        return schema.load(folder)


class Lint(unittest.TestCase):
    def refuses(self, text, reason):
        with self.assertRaises(schema.SchemaError) as caught:
            load(text)
        self.assertEqual(str(caught.exception), reason)

    def test_accepts_a_whole_declaration(self):
        api = load(GOOD)
        self.assertEqual([a.name for a in api.actions], ["do_thing"])
        self.assertEqual(api.actions[0].shell_name, "do-thing")

    def test_brief(self):
        self.refuses(GOOD.replace("do a thing", "Do a thing."),
                     "room/actions.toml: do_thing: brief must be lowercase without a full stop")

    def test_doc(self):
        self.refuses(GOOD.replace("Does it count times.", " "),
                     "room/actions.toml: do_thing: 'doc' is missing")

    def test_keys_are_wiped_and_not_traced(self):
        api = load(GOOD.replace('optargs = ["deep: bool"', 'optargs = ["secret: key", "deep: bool"'))
        self.assertIn('v.key_option("secret", options.secret);', cpp.room_source(api, "room"))
        api = load(GOOD.replace('args = [', 'args = ["secret: key", ', 1))
        self.assertIn("const base::WipedAtEnd wiped_secret(a_secret);", cpp.dispatch_source(api, "room"))

    def test_unknown_key(self):
        self.refuses(GOOD + "colour = 3\n", "room/actions.toml: do_thing: unknown key 'colour'")

    def test_unknown_struct(self):
        self.refuses(GOOD.replace("structlist pair", "structlist pear"),
                     "room/actions.toml: do_thing: result 'structlist pear' does not name a "
                     "declared struct")

    def test_name_taken(self):
        self.refuses(GOOD + '[thing]\nsince = "0.1"\nbrief = "x"\ndoc = "x"\n',
                     "room: thing: name 'thing' is taken by do_thing")

    def test_deprecated_by_nobody(self):
        self.refuses(GOOD + 'deprecated_by = "gone"\n',
                     "room: do_thing: deprecated_by 'gone' is no action")


class Golden(unittest.TestCase):
    """The text of each writer is kept in golden/; a change of it is a change to be seen."""

    def check(self, name, text):
        path = Path(__file__).parent / "golden" / name
        self.assertEqual(text, path.read_text(), f"golden/{name} differs")

    def test_types(self):
        self.check("types.h", cpp.types_header(load(GOOD)))

    def test_methods(self):
        self.check("methods.cc", cpp.room_source(load(GOOD), "room"))

    def test_dispatch(self):
        self.check("dispatch.cc", cpp.dispatch_source(load(GOOD), "room"))

    def test_json(self):
        self.check("api.json", pages.reference_json(load(GOOD), {"do_thing"}))

    def test_man(self):
        self.check("do-thing.3", pages.man_page(load(GOOD).actions[0]))

    def test_map(self):
        self.check("vmcraft.map", pages.symbol_map(load(GOOD)))

    def test_shell(self):
        self.check("shell.cc", shell.room_table(load(GOOD), "room"))


def write_golden():
    api = load(GOOD)
    folder = Path(__file__).parent / "golden"
    texts = {"types.h": cpp.types_header(api), "methods.cc": cpp.room_source(api, "room"),
             "dispatch.cc": cpp.dispatch_source(api, "room"),
             "api.json": pages.reference_json(api, {"do_thing"}),
             "do-thing.3": pages.man_page(api.actions[0]),
             "vmcraft.map": pages.symbol_map(api), "shell.cc": shell.room_table(api, "room")}
    for name, text in texts.items():
        (folder / name).write_text(text)


if __name__ == "__main__":
    write_golden()
