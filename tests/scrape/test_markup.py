import pytest

from lsgan.scrape.markup import clean, plain


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("Ilva Tarn", "Ilva Tarn"),
        ("R&amp;D &lt;x&gt; &#233;", "R&D <x> é"),
        ('<a href="/wiki/U">Ilva</a>\n <b>Tarn</b>', "Ilva Tarn"),
        ("Il<b>va</b>", "Ilva"),
        ("one<br>two<br/>three<p>four</p>five", "one two three four five"),
        ('Unknown<span style="display: none;">Un<i>known</i></span> author', "Unknown author"),
        ('a<img style="display:none" src="x">b', "ab"),
        ("a<script>alert('x')</script><style>b {}</style>c", "ac"),
        ("<!-- no -->a", "a"),
        ("", ""),
        ("<>", "<>"),
    ],
)
def test_only_what_a_browser_shows_is_left(html: str, text: str) -> None:
    assert plain(html) == text


def test_malformed_markup_loses_no_words() -> None:
    for html in ("<![if foo]>Ilva <b>Tarn", "Ilva</p></p> Tarn<", "<!ELEMENT>Ilva Tarn", "<![x["):
        assert plain(html).startswith("Ilva Tarn") or "Ilva" not in html


def test_text_is_one_line_without_marks_that_do_something() -> None:
    assert clean(" a\tb\r\n\x1b[31mc\0\u202ed\ud800 \u200e") == "a b [31mc d"
    clean("\ud83d").encode()


def test_long_text_is_cut_with_a_mark() -> None:
    assert clean("a" * 300) == "a" * 300
    assert clean("a" * 301) == "a" * 299 + "…"
    assert len(plain("<b>a</b>" * 10**6, 50)) == 50
