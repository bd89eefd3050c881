from typing import Any

from lsgan.config import ScrapeSection
from lsgan.scrape.politeness.limits import HostLimit
from lsgan.scrape.sources.commons import Commons
from lsgan.scrape.sources.wikimedia import limit_files
from tests.scrape.sources.recorded_client import RecordedClient

API, FILES = "commons.wikimedia.org", "upload.wikimedia.org"


def limits(**settings: Any) -> dict[str, HostLimit]:
    """What is stated when Commons is asked: of its API, and of its files for every source."""
    client = RecordedClient()
    section = ScrapeSection(**settings)
    Commons(client, section)
    limit_files(client, section)
    return client.limits


def test_wikimedia_is_asked_slowly_and_more_slowly_without_a_contact() -> None:
    assert limits(interval=0.5, concurrency=8) == {
        API: HostLimit(concurrency=1, interval=6.0),
        FILES: HostLimit(concurrency=2, interval=0.5),
    }
    assert limits(contact="a@example.org", interval=0.5, concurrency=8) == {
        API: HostLimit(concurrency=1, interval=0.3),
        FILES: HostLimit(concurrency=2, interval=0.1),
    }


def test_a_user_may_be_more_patient_with_wikimedia_but_not_less() -> None:
    patient = HostLimit(concurrency=1, interval=9)
    assert limits(contact="a@example.org", interval=9, concurrency=1) == {
        API: patient,
        FILES: patient,
    }
    assert limits(interval=0)[API].interval == 6.0


def test_all_of_wikimedias_wikis_are_treated_alike() -> None:
    for host in ("en.wikipedia.org", "www.mediawiki.org", "Commons.Wikimedia.org"):
        assert limits(endpoint=f"https://{host}/w/api.php")[host.lower()].interval == 6.0
    for host in ("wikimedia.org.example.org", "notwikimedia.org"):
        assert limits(endpoint=f"https://{host}/w/api.php")[host].interval == 0.5


def test_another_wiki_is_asked_as_fast_as_the_settings_say() -> None:
    limit = limits(endpoint="http://127.0.0.1:8080/api.php", interval=0)["127.0.0.1"]
    assert limit == HostLimit(concurrency=1, interval=0)


def test_other_sources_can_state_the_limit_of_the_files() -> None:
    client = RecordedClient()
    limit_files(client, ScrapeSection(concurrency=1))
    assert client.limits == {FILES: HostLimit(concurrency=1, interval=0.5)}
