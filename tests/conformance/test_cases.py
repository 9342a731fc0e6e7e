"""Every file of tests/cases against a server of its own, and what no file has seen."""

import os
from pathlib import Path

import case_coverage
import pytest
from case_language import CaseError, Names, at, fits, parse, read, tokens, totp
from case_runner import Run, Seen
from conftest import Server

CASES = Path(__file__).parents[1] / "cases"
FILES = sorted(CASES.rglob("*.case"))


@pytest.fixture(scope="session")
def run_of(tmp_path_factory):
    """Runs a file once, however many ask for it."""
    runs = {}

    def run(path):
        if path not in runs:
            runs[path] = against_fresh_server(path, tmp_path_factory.mktemp(path.stem))
        return runs[path]

    return run


def against_fresh_server(path, home):
    server = Server(home, other=True)
    try:
        run = Run(path, server).whole()
    finally:
        code = server.stop()
    assert code == 0, "the server did not end well"
    server.check()
    return run


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(CASES)))
def test_case_file(run_of, path):
    failures = run_of(path).failures
    assert not failures, "\n" + "\n".join(failures)


def test_what_no_case_covers_is_known(run_of):
    """`KEYWRIGHT_UPDATE_GOLDEN=1` writes the golden files anew; reasons are kept."""
    seen = Seen()
    for path in FILES:
        seen.add(run_of(path).seen)
    found = []
    for name, (remaining, covered) in case_coverage.remainders(seen).items():
        if os.environ.get("KEYWRIGHT_UPDATE_GOLDEN"):
            case_coverage.rewrite(name, remaining, covered)
        found += case_coverage.complaints(name, remaining, covered)
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize("line, complaint", [
    ("as root iam GetUser UserName=x → ok", 'got:      NoSuchEntity 404 "The user with name x cannot be found."'),
    ("as root iam GetUser UserName=x → NoSuchEntity 400", "expected: NoSuchEntity 400"),
    ('as root iam GetUser UserName=x → NoSuchEntity "The user …"\nas root iam GetUser UserName=x → NoSuchEntity "user …"', ":3: "),
    ("as root sts GetCallerIdentity → AccessDenied", "got:      ok"),
    ("as root sts GetCallerIdentity → ok Account=1…1", "expected: Account=1…1"),
    ("as root sts GetCallerIdentity → ok Name=…", "got:      an answer without it"),
    ("as root sts GetCallerIdentity → ok !Arn", "expected: no Arn"),
    ("as root sts GetCallerIdentity → ok as bob", "holds no key"),
    ("as root sts GetCallerIdentity → ok let a=Nope", "got:      an answer without it"),
    ("as bob sts GetCallerIdentity → ok", "there is no caller `bob`"),
    ("as root s3 ListBuckets → ok", "there is no service `s3`"),
    ("as root sts NoSuch → ok", "sts has no operation NoSuch"),
    ("as root iam GetUser Name=x → ok", "GetUser takes no Name"),
    ("as root iam GetUser UserName={x} → ok", "nothing is called `x`"),
    ("as root iam TagUser UserName=x Tags=[ → ok", "is not JSON"),
    ("as root sts GetCallerIdentity → ok\ntrail → GetUser", "got:      GetCallerIdentity"),
    ("as other sts GetCallerIdentity → ok Account={other_account}\ntrail of other → GetUser", "got:      GetCallerIdentity"),
    ("as other sts GetCallerIdentity → ok Account={account}", "got: "),
    ("trail of root → ", "begins `as CALLER"),
    ("as root sts GetCallerIdentity", "has an arrow"),
    ("as root sts GetCallerIdentity →", "nothing stands behind the arrow"),
    ("as root sts GetCallerIdentity → AccessDenied because", "a refusal is"),
    ("1 times as root sts GetCallerIdentity → ok", "two times and more"),
    ("2 times as root sts GetCallerIdentity → ok let a=Arn", "binds no names"),
    ("2 times as root sts GetCallerIdentity → AccessDenied", "got:      ok"),
    ('let a="b', "a double quote is not closed"),
])
def test_a_case_that_is_not_so_fails_with_its_line(shared, tmp_path, line, complaint):
    path = tmp_path / "wrong.case"
    path.write_text("# A comment.\n" + line + "\n")
    failures = Run(path, shared).whole().failures
    assert len(failures) == 1 and str(path) + ":" in failures[0] and complaint in failures[0], failures


def test_the_example_of_the_page_is_so(server, tmp_path):
    path = tmp_path / "example.case"
    path.write_text((CASES / "README.md").read_text().split("```\n")[1])
    failures = Run(path, server).whole().failures
    assert not failures, failures


def test_words_names_and_patterns():
    assert tokens('a  b="c d" {"e f":"\\" g"}\th') == ["a", 'b="c d"', '{"e f":"\\" g"}', "h"]
    names = Names(key={"Id": "k"}, word="w")
    assert names.fill("{key.Id}/{word}/{ab*3}/${aws:username}/{}") == "k/w/ababab/${aws:username}/{}"
    assert names.counting(7).fill("{n}.{nnn}") == "7.007"
    with pytest.raises(CaseError):
        names.fill("{key}")
    for wrong in ("{totp:word}", "{totp:nothing}"):
        with pytest.raises(CaseError):
            names.fill(wrong)
    assert fits("a…c.", "abbc.") and not fits("a…c.", "abbcd") and not fits("a", "ab") and fits("…", "")
    answer = {"Users": [{"Name": "a"}, {"Name": "b"}], "Map": {"k": 1}}
    assert (at(answer, ["Users", "*", "Name"]), at(answer, ["Users", "#"]), at(answer, ["Map", "k"])) == ("a,b", 2, 1)
    assert at(answer, ["Users", "2", "Name"]) is None and at(answer, ["Users", "0", "Nope"]) is None
    trail = parse(tokens("trail → A, B!C*2, D"))
    assert trail.events == ["A", "B!C", "B!C", "D"]
    assert (trail.of, parse(tokens("trail of other → A")).of) == ("root", "other")
    assert [number for number, _ in read("\n# x\nlet a=b\n")] == [3]


def test_one_time_codes_are_those_of_the_rfc(monkeypatch):
    """RFC 6238, appendix B, the column of SHA1, of which a device shows the last six digits."""
    seed = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    expected = {59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 20000000000: "353130"}
    assert {second: totp(seed, second // 30) for second in expected} == expected
    monkeypatch.setattr("time.time", lambda: 1111111109.5)
    names = Names(device={"Seed": seed.encode()})
    assert names.fill("{totp:device.Seed}.{totp:device.Seed+1}") == "081804.050471"
    monkeypatch.setattr("time.time", lambda: 1111111111.0)
    assert names.fill("{totp:device.Seed-1}") == "081804"


def test_golden_lines_are_held_to_what_they_say(tmp_path, monkeypatch):
    monkeypatch.setattr(case_coverage, "GOLDEN", tmp_path)
    name = "uncovered-errors.txt"
    (tmp_path / name).write_text("# Head.\nx:A One  # why\nx:B* Two\nx:D Four  # why\n")
    remaining, seen = {"x:A One", "x:B1 Two", "x:C Three"}, {"x:B2 Two", "x:D Four"}
    found = case_coverage.complaints(name, remaining, seen)
    assert [text.split(": ", 1)[1] for text in found] == [
        "`x:B* Two` has no reason behind a #", "`x:B* Two` says never, but there was x:B2 Two",
        "`x:D Four` does not remain any more: delete the line", "`x:C Three` is not covered by any case"]
    case_coverage.rewrite(name, remaining, seen)
    text = (tmp_path / name).read_text()
    assert text.splitlines()[1:] == ["x:A One  # why", "x:C Three  #", "x:B1 Two  #"]
