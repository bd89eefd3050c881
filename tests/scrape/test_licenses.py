import itertools

import pytest

from lsgan.errors import ConfigError
from lsgan.scrape.licenses import CODES, allowed, code, normal, parse_allowed, text_of

SITE = "https://creativecommons.org"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("CC BY-SA 4.0", "CC BY-SA 4.0"),
        ("cc-by-sa-4.0", "CC BY-SA 4.0"),
        ("cc_by_sa_4.0", "CC BY-SA 4.0"),
        ("CC BY‑SA 4.0", "CC BY-SA 4.0"),
        ("ccbysa", "CC BY-SA"),
        ("CC-BY-SA-3.0,2.5,2.0,1.0", "CC BY-SA 3.0"),
        ("CC BY-SA 3.0 DE", "CC BY-SA 3.0 DE"),
        ("CC BY 3.0 IGO", "CC BY 3.0 IGO"),
        ("Attribution-ShareAlike 4.0 International", "CC BY-SA 4.0"),
        ("Attribution-NonCommercial-NoDerivs 2.0 Generic", "CC BY-NC-ND 2.0"),
        ("Creative Commons Attribution-Share Alike 3.0 Germany", "CC BY-SA 3.0"),
        ("Own work, CC BY-SA 4.0, Link", "CC BY-SA 4.0"),
        ("Licensed by John under CC BY 4.0", "CC BY 4.0"),
        ("by", "CC BY"),
        ("by-nc-nd 2.0", "CC BY-NC-ND 2.0"),
        ("by-sa", "CC BY-SA"),
        ("cc0", "CC0 1.0"),
        ("CC0 1.0 Universal", "CC0 1.0"),
        ("Creative Commons Zero", "CC0 1.0"),
        ("pd", "Public domain"),
        ("PD-old-70", "Public domain"),
        ("Public domain", "Public domain"),
        ("Gemeinfrei", "Public domain"),
        ("pdm 1.0", "PDM 1.0"),
        ("Public Domain Mark", "PDM 1.0"),
        ("GFDL 1.2", "GFDL 1.2"),
        ("GNU Free Documentation License, version 1.3", "GFDL 1.3"),
        ("GFDL or CC BY-SA 3.0", "CC BY-SA 3.0"),
        ("Namensnennung – Weitergabe unter gleichen Bedingungen 3.0 Deutschland", "CC BY-SA 3.0"),
        ("署名-非商业性使用-相同方式共享 4.0 国际", "CC BY-NC-SA 4.0"),
        ("Reconocimiento-NoComercial 4.0", "CC BY-NC 4.0"),
        (f"CC BY ({SITE}/licenses/by/4.0/)", "CC BY 4.0"),
        ("  Free \n Art\tLicense ", "Free Art License"),
        ("sampling+ 1.0", "sampling+ 1.0"),
        ("", ""),
        ("unknown", ""),
    ],
)
def test_a_licence_has_one_form(text: str, name: str) -> None:
    assert normal(text) == name


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/licenses/by-sa/4.0/", "CC BY-SA 4.0"),
        ("/licenses/by-sa/4.0", "CC BY-SA 4.0"),
        ("/licenses/by/3.0/de/deed.en", "CC BY 3.0 DE"),
        ("/licenses/by-nc/2.5/deed.de", "CC BY-NC 2.5"),
        ("/licenses/by-nd/2.0/legalcode", "CC BY-ND 2.0"),
        ("/licenses/by-nd-nc/1.0/", "CC BY-NC-ND 1.0"),
        ("/publicdomain/zero/1.0/", "CC0 1.0"),
        ("/publicdomain/mark/1.0/deed.de", "PDM 1.0"),
        ("/licenses/publicdomain/", "Public domain"),
    ],
)
@pytest.mark.parametrize("start", ["https://", "http://", "HTTPS://www.", "//", ""])
def test_the_address_tells_a_licence(path: str, name: str, start: str) -> None:
    assert normal("", f"{start}creativecommons.org{path}") == name


def test_the_address_tells_what_the_name_does_not() -> None:
    assert normal("CC BY-SA", f"{SITE}/licenses/by-sa/3.0/de/") == "CC BY-SA 3.0 DE"
    assert normal("Atribution (sic)", f"{SITE}/licenses/by/4.0/") == "CC BY 4.0"
    assert normal("CC BY 4.0", "https://example.org/terms") == "CC BY 4.0"
    assert normal("", "https://example.org/terms") == "https://example.org/terms"


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/licenses/by/4.0/",
        f"{SITE}/",
        f"{SITE}/licenses/sa/1.0/",
        "https://notcreativecommons.org/licenses/by/4.0/",
    ],
)
def test_other_addresses_tell_no_licence(address: str) -> None:
    assert code("", address) == "other"


def test_every_combination_of_elements_keeps_all_of_them() -> None:
    spelled = {
        "by": ("BY", "Attribution"),
        "nc": ("NC", "NonCommercial", "Non-Commercial", "non commercial", "Noncommercial"),
        "sa": ("SA", "ShareAlike", "Share Alike", "share-alike"),
        "nd": ("ND", "NoDerivs", "No Derivatives", "NoDerivatives", "No-Derivative Works"),
    }
    for name in CODES[2:]:
        for words in itertools.product(*(spelled[element] for element in name.split("-"))):
            for joint in "- _":
                assert code(f"CC {joint.join(words)} 4.0") == name, words


@pytest.mark.parametrize(
    "text",
    [
        "Attribution required",
        "Attribution",
        "Attribution License",
        "All rights reserved",
        "CC BY 4.0, all rights reserved",
        "not in the public domain",
        "CC BY 4.0 for magazines or non-commercial use",
        "CC BY 4.0 for personal use",
        "CC BY 4.0 unless agreed otherwise",
        "free for non-commercial use",
        "CC SA 1.0",
        "CC BY-SA-ND",
        "CC",
        "Creative Commons",
        "CC BY Näytetään vain",
        "photo by John",
        "by John",
        "GFDL",
        "Copyrighted free use",
        "No restrictions",
        "CC BY " + "and so on " * 40,
        "2.0",
    ],
)
def test_what_is_doubtful_is_another_licence(text: str) -> None:
    assert code(text) == "other"
    assert normal(text)


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("CC BY 4.0", "/licenses/by-nc/4.0/", "by-nc"),
        ("CC BY-NC-ND 4.0", "/licenses/by/4.0/", "by-nc-nd"),
        ("CC BY-SA 4.0", "/licenses/by-nd/4.0/", "other"),
        ("CC0", "/licenses/by/4.0/", "by"),
        ("Public domain", "/publicdomain/zero/1.0/", "pdm"),
        ("All rights reserved", "/licenses/by/4.0/", "other"),
        ("for personal use", "/licenses/by/4.0/", "other"),
        (f"CC BY-NC {SITE}/licenses/by/4.0/", "/licenses/by/4.0/", "by-nc"),
    ],
)
def test_of_a_contradiction_the_stricter_side_counts(text: str, path: str, expected: str) -> None:
    assert code(text, SITE + path) == expected


def test_conditions_that_hold_together_are_joined_and_choices_are_not() -> None:
    assert code("CC BY-SA 4.0, CC BY-NC 4.0") == "by-nc-sa"
    assert code("CC BY 4.0, non-commercial") == "by-nc"
    assert code("CC BY-NC 4.0 or CC BY-SA 3.0") == "by-sa"


def test_the_normal_form_means_the_same_licence() -> None:
    texts = [
        "",
        "CC BY",
        "CC BY-SA 3.0 DE",
        "cc0",
        "pd",
        "pdm",
        "GFDL 1.2",
        "by-nc or by-sa",
        "odd",
    ]
    texts += ["All rights reserved", "CC BY-SA 4.0 for personal use", "CC BY " * 60, "Attribution"]
    urls = [
        "",
        f"{SITE}/licenses/by-nd/3.0/de/",
        f"{SITE}/publicdomain/mark/1.0/",
        "https://a.example",
    ]
    for text, url in itertools.product(texts, urls):
        assert code(normal(text, url), url) == code(text, url), (text, url)
        assert normal(normal(text, url), url) == normal(text, url)


# What a user allows


def test_licences_to_take_are_named_in_many_ways() -> None:
    assert parse_allowed(["by", "CC BY-SA", "cc-by-nc,cc0"]) == {"by", "by-sa", "by-nc", "cc0"}
    assert parse_allowed(["public-domain"]) == parse_allowed(["Public Domain"]) == {"cc0", "pdm"}
    assert parse_allowed(["commercial"]) == {"cc0", "pdm", "by", "by-sa", "by-nd"}
    assert parse_allowed(["modification"]) == {"cc0", "pdm", "by", "by-sa", "by-nc", "by-nc-sa"}
    assert parse_allowed(["unknown", "other"]) == {"unknown", "other"}


def test_both_groups_together_allow_what_is_in_both() -> None:
    assert parse_allowed(["commercial", "modification"]) == {"cc0", "pdm", "by", "by-sa"}
    assert parse_allowed(["commercial,modification", "by-nc"]) == {
        *("cc0", "pdm", "by", "by-sa", "by-nc")
    }


def test_an_unknown_name_is_the_users_error() -> None:
    with pytest.raises(ConfigError, match="did you mean by-sa"):
        parse_allowed(["by", "by-sq"])
    with pytest.raises(ConfigError):
        parse_allowed(["gratis"])


def test_only_what_is_named_is_allowed() -> None:
    allow = parse_allowed(["by-sa", "cc0"])
    assert allowed("CC BY-SA 4.0", "", allow)
    assert allowed("", f"{SITE}/publicdomain/zero/1.0/", allow)
    for text in ("CC BY-NC-SA 4.0", "CC BY 4.0", "", "odd", "Public domain"):
        assert not allowed(text, "", allow)


def test_an_empty_list_and_any_allow_everything() -> None:
    for allow in (parse_allowed([]), parse_allowed(["any"]), parse_allowed(["by", "any"])):
        assert all(allowed(text, "", allow) for text in ("", "odd", "CC BY-NC-ND 4.0"))


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("CC BY 4.0", "licenses/by/4.0/"),
        ("CC BY-NC-SA 2.5", "licenses/by-nc-sa/2.5/"),
        ("CC0 1.0", "publicdomain/zero/1.0/"),
        ("PDM 1.0", "publicdomain/mark/1.0/"),
    ],
)
def test_the_text_of_a_licence_is_found_by_its_name(name: str, path: str) -> None:
    assert text_of(name) == f"https://creativecommons.org/{path}"
    assert normal("", text_of(name)) == name


@pytest.mark.parametrize("name", ["", "CC BY", "Public domain", "GFDL 1.2", "CC BY 4.0 or GFDL"])
def test_of_other_names_no_text_is_known(name: str) -> None:
    assert text_of(name) == ""
