"""Tests of the templates that name servers."""

from custom_components.bleemeo.assist.names import Names
from custom_components.bleemeo.assist.templates import of_names


def test_names_are_in_two_templates_however_many_sentences_there_are() -> None:
    """Home Assistant reads them all before it answers anything."""
    names = Names({"web01": ["1"]}, {"PostgreSQL": ["PostgreSQL"]})
    templates = of_names(names)
    assert len(templates) == 2
    for each in templates:
        assert each.count("web01") == each.count("PostgreSQL") == 1


def test_without_a_name_nothing_that_has_one_is_listened_for() -> None:
    """Whoever is asked after would be nobody."""
    assert of_names(Names({}, {"PostgreSQL": ["PostgreSQL"]})) == []
    [begun, _] = of_names(Names({"web01": ["1"]}, {}))
    assert "()" not in begun


def test_a_name_alone_is_no_question() -> None:
    """Something must be said before it, or after."""
    for each in of_names(Names({"web01": ["1"]}, {"CPU": ["CPU"]})):
        before, _, after = each.partition("(web01)")
        assert before.startswith("(") or after.strip().startswith("("), each
