from bench.figures import Figure, Goal, Section, Table
from bench.report import notes_of, report

FAST = Figure("messages a second", 6_204.7, "/s", Goal("at least", 5_000))
SLOW = Figure("p99", 180, "ms", Goal("at most", 150))
CALLS = Figure("M3 calls an order when busy", 0.2149, goal=Goal("at most", 0.3))
PLAIN = Figure("M3 calls an order when quiet", 1.5)
LOOPS = Table("Side by side", ("", "/s"), (("engine", "6,205"), ("loop", "9,000")), "In turn.")


def page(notes: str = "") -> str:
    sections = [Section((FAST, SLOW), (LOOPS,)), Section((CALLS, PLAIN))]
    return report([("machine", "two cores")], sections, notes)


def test_each_figure_stands_beside_its_goal_and_whether_it_is_met() -> None:
    lines = page().splitlines()

    assert "| messages a second | 6,205 /s | at least 5,000 /s | met |" in lines
    assert "| p99 | 180 ms | at most 150 ms | **missed** |" in lines
    assert "| M3 calls an order when busy | 0.215 | at most 0.3 | met |" in lines
    assert "| M3 calls an order when quiet | 1.5 |  |  |" in lines


def test_tables_follow_with_what_they_are_about() -> None:
    assert (
        "## Side by side\n\nIn turn.\n\n|  | /s |\n| --- | ---: |\n| engine | 6,205 |\n" in page()
    )
    assert "- machine: two cores\n" in page()


def test_a_persons_notes_are_kept_when_the_page_is_written_again() -> None:
    noted = page("\n## Notes\n\nThe broker shared the cores.\n")

    again = page(notes_of(noted))

    assert again == noted
    assert notes_of(page()) == ""


def test_a_goal_is_met_at_its_very_value() -> None:
    assert Goal("at least", 50).met(50)
    assert Goal("at most", 150).met(150)
    assert not Goal("at most", 150).met(150.1)
