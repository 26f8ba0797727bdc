from __future__ import annotations

import pytest
from matplotlib.figure import Figure as Drawing

from tilth.data.formats.figure import Figure
from tilth.errors import DataError
from tilth.testing.formats import FormatTests, read, written


def drawing():
    figure = Drawing(figsize=(2, 1))
    axes = figure.subplots()
    axes.plot([1, 3, 2], label="ü")
    axes.legend()
    return figure


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
class TestFigure(FormatTests):
    knows_its_end = False

    @pytest.fixture
    def format(self, kind):
        return Figure(write={"kind": kind})

    @pytest.fixture
    def value(self):
        return drawing()

    def test_what_was_written_can_be_read(self, format, value, others):
        pytest.skip("a picture does not become a figure again")

    def test_it_has_neither_day_nor_version(self, format, value):
        import matplotlib

        data = written(format, value)
        assert matplotlib.__version__.encode() not in data
        assert b"Date" not in data


def test_axes_stand_for_their_figure():
    figure = drawing()

    assert written(Figure(), figure.axes[0]) == written(Figure(), figure)


def test_a_picture_on_disk_is_taken_as_it_is(tmp_path):
    (tmp_path / "made.png").write_bytes(written(Figure(), drawing()))

    assert read(Figure(), written(Figure(), tmp_path / "made.png")).startswith(b"\x89PNG")


def test_pyplot_does_not_keep_what_was_written():
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    figure = pyplot.figure()
    written(Figure(), figure)

    assert not pyplot.fignum_exists(figure.number)


def test_what_is_no_figure_is_refused_with_its_type():
    with pytest.raises(DataError, match="not dict"):
        written(Figure(), {})
