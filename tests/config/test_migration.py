"""Label migration files: read, written, and every mistake with its place."""

from __future__ import annotations

import pytest

from tilth.config.migration import read_migration, written
from tilth.errors import ConfigError, MissingDataError
from tilth.labels.migration import ChangeSet, Merge, Part, Relabel, Rename, Split

FULL = """
labels: tone
why: >
  Nobody tells
  them apart.
steps:
  - {merge: [good, neutral], to: fine}
  - {rename: bad, to: poor}
  - split: other
    into:
      - {to: late, where: "contains(text, 'late')"}
    rest: poorer
  - {relabel: "shop = 'N'  and stars = 5", to: fine}
"""


def read(tmp_path, text):
    file = tmp_path / "m.yml"
    file.write_text(text)
    return read_migration(file, "m.yml")


def test_a_file_says_steps(tmp_path):
    found = read(tmp_path, FULL)

    assert found == ChangeSet(
        labels="tone",
        why="Nobody tells them apart.",
        steps=(
            Merge(of=("good", "neutral"), to="fine"),
            Rename(of="bad", to="poor"),
            Split(
                of="other",
                parts=(Part(to="late", where="contains(text, 'late')"),),
                rest="poorer",
            ),
            Relabel(where="shop = 'N' and stars = 5", to="fine"),
        ),
    )


def test_what_is_written_reads_back_the_same(tmp_path):
    odd = ChangeSet(
        labels="tone",
        why='a "quoted" reason: with a colon, ü and # a hash',
        steps=(
            Merge(of=("1", "no", 7), to="yes"),
            Split(of=True, parts=(Part(to=" x ", where='"a b" > 1'),)),
            Relabel(where="text = 'it''s'", to=3),
            Rename(of="null", to="~"),
        ),
    )

    assert read(tmp_path, written(odd)) == odd
    assert read(tmp_path, written(read(tmp_path, FULL))) == read(tmp_path, FULL)


HEAD = "labels: tone\nwhy: because\nsteps:\n  - "


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "m.yml:1:1: m.yml lacks `labels`"),
        ("labels: tone\nsteps: [{rename: a, to: b}]", "`why`"),
        ("labels: tone\nwhy: ' '\nsteps: [{rename: a, to: b}]", "m.yml:2:6: `why` is empty"),
        ("labels: tone\nwhy: x\nsteps: []", "m.yml:3:8: there is no step"),
        (HEAD + "{merge: [a, b]}", "m.yml:4:5: `merge` needs `to`"),
        (HEAD + "{rename: a, merge: [a, b], to: c}", "m.yml:4"),
        (HEAD + "{renam: a, to: c}", "did you mean `rename`?"),
        (HEAD + "{split: a, to: c}", "m.yml:4:5: `split` needs `into`"),
        (HEAD + "{split: a, into: []}", "m.yml:4:22: `into` names no class"),
        (HEAD + "{rename: a, to: b, rest: c}", "`rest`"),
        (HEAD + "{relabel: shop =, to: b}", "m.yml:4:15: `shop =` ends where there should be"),
        (HEAD + "{relabel: shop, to: b}", "`shop` is no condition on a column"),
        (HEAD + "{relabel: 1 = 1, to: b}", "is no condition on a column"),
        (HEAD + "{rename: 1.5, to: b}", "m.yml:4:14"),
        ("a: [", "m.yml:1"),
    ],
)
def test_mistakes_are_told_with_their_place(tmp_path, text, said):
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)

    assert said in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(MissingDataError, match=r"`m\.yml` cannot be read"):
        read_migration(tmp_path / "no.yml", "m.yml")
