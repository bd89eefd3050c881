"""The cipher in which Baidu writes addresses."""

from lsgan.scrape.sources.baidu import decoded

ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
CIPHER = "wkv1ju2it3hs4g5rq6fp7eoxyza8dn9cm0bl"  # what stands for each of the above


def encoded(url: str) -> str:
    signs = {":": "_z2C$q", ".": "_z&e3B", "/": "AzdH3F"}
    letters = dict(zip(ALPHABET, CIPHER, strict=True))
    return "".join({**signs, **letters}.get(letter, letter) for letter in url)


def test_the_cipher_is_undone() -> None:
    # Worked by hand: i is h, p is t, r is p; the signs are ":", "/" and "."; u is f; j is e, …
    by_hand = "ippr_z2C$qAzdH3FAzdH3Fu_z&e3Bjxw4rsj_z&e3B562AzdH3Fw8_z&e3B3r2"
    assert decoded(by_hand) == "http://f.example.org/a1.jpg"
    assert decoded("wkv1ju2it3hs4g5rq6fp7eo") == "abcdefghijklmnopqrstuvw"
    assert decoded("8dn9cm0bla") == "1234567890"
    assert decoded("xyz-XYZ?&=%") == "xyz-XYZ?&=%"


def test_every_address_comes_back_from_the_cipher() -> None:
    for url in (
        "https://files.example.org/the/quick/brown-fox_jumps/0123456789.jpg",
        "http://pics.example.net:8080/lazy?dog=1&v=2.5",
    ):
        assert encoded(url) != url
        assert decoded(encoded(url)) == url
