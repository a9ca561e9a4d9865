# SPDX-License-Identifier: LGPL-3.0-or-later
"""The lint's messages, and what the writers make of one declaration of each form."""
import tempfile
import unittest
from pathlib import Path

from apigen.__main__ import page_mistakes
from apigen import calls, capi, cpp, pages, python, schema, shell

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

    def test_what_is_not_supported_has_no_handler(self):
        api = load(GOOD + 'not_supported = "no such thing"\n')
        self.assertIn('base::throw_not_supported("things", "no such thing");', cpp.room_source(api, "room"))
        self.assertNotIn("do_thing", cpp.handlers_header(api, "room") + cpp.dispatch_source(api, "room"))
        self.assertEqual(pages.action_json(api.actions[0], True)["not_supported"], "no such thing")

    def test_hidden_actions_have_a_handler_and_no_face(self):
        api = load(GOOD + "hidden = true\n")
        self.assertIn("do_thing", cpp.handlers_header(api, "room"))
        self.assertIn("do_thing", cpp.dispatch_source(api, "room"))
        for text in (cpp.methods_header(api), cpp.room_source(api, "room"), capi.header(api), capi.room_source(api, "room"),
                     python.module(api), shell.room_table(api, "room"), calls.source(api)):
            self.assertNotIn("do_thing", text)

    def test_page_of_differences(self):
        api = load(GOOD + 'not_supported = "no such thing"\n')
        page = "| {} | theirs | ours | why |\n"
        self.assertEqual(list(page_mistakes(api, page.format("`do_thing`"))), [])
        self.assertEqual(list(page_mistakes(api, page.format("`do_*` with `deep`"))), [])
        self.assertEqual(list(page_mistakes(api, page.format("`undo`"))),
                         ["undo: the page of differences names it, and no declaration does",
                          "do_thing: never works, and the page of differences does not say so"])

    def test_unknown_key(self):
        self.refuses(GOOD + "colour = 3\n", "room/actions.toml: do_thing: unknown key 'colour'")

    def test_unknown_struct(self):
        self.refuses(GOOD.replace("structlist pair", "structlist pear"),
                     "room/actions.toml: do_thing: result 'structlist pear' does not name a "
                     "declared struct")

    def test_names_of_parameters_and_of_generated_variables(self):
        self.refuses(GOOD.replace("count: int", "given: int"),
                     "room/actions.toml: do_thing: 'given' is a name that generated functions use themselves")
        self.assertNotIn("*value = ", capi.room_source(load(GOOD.replace("count: int", "value: int")), "room"))

    def test_name_taken(self):
        self.refuses(GOOD + '[thing]\nsince = "0.1"\nbrief = "x"\ndoc = "x"\n',
                     "room: thing: name 'thing' is taken by do_thing")

    def test_deprecated_by_nobody(self):
        self.refuses(GOOD + 'deprecated_by = "gone"\n',
                     "room: do_thing: deprecated_by 'gone' is no action")


# What each writer makes of GOOD is kept in golden/, file by file.
WRITERS = {
    "types.h": cpp.types_header,
    "methods.cc": lambda api: cpp.room_source(api, "room"),
    "dispatch.cc": lambda api: cpp.dispatch_source(api, "room"),
    "guestfs.h": capi.header,
    "capi.cc": lambda api: capi.room_source(api, "room"),
    "capi_structs.cc": capi.structs_source,
    "action_calls.cc": calls.source,
    "_actions.py": python.module,
    "api.json": lambda api: pages.reference_json(api, {"do_thing"}),
    "do-thing.3": lambda api: pages.man_page(api.actions[0]),
    "vmcraft.map": pages.symbol_map,
    "shell.cc": lambda api: shell.room_table(api, "room"),
}
GOLDEN = Path(__file__).parent / "golden"


class Golden(unittest.TestCase):
    """A change of a writer's text is a change to be seen."""

    def test_writers(self):
        for name, writer in WRITERS.items():
            with self.subTest(name):
                self.assertEqual(writer(load(GOOD)), (GOLDEN / name).read_text(), f"golden/{name} differs")


if __name__ == "__main__":
    for name, writer in WRITERS.items():
        (GOLDEN / name).write_text(writer(load(GOOD)))
