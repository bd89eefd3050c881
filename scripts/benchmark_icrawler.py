"""Fetches images of the gallery with icrawler, for benchmark-scrape.

Arguments: the address of the first page, the folder, how many images, pages and threads.
"""

import logging
import sys
from collections.abc import Iterator
from urllib.parse import urljoin

from bs4 import BeautifulSoup
from icrawler import Crawler, ImageDownloader, Parser, UrlListFeeder
from requests import Response
from requests.adapters import HTTPAdapter


class GalleryParser(Parser):
    def parse(self, response: Response) -> Iterator[dict[str, str]]:
        soup = BeautifulSoup(response.content, "lxml")
        for link in soup.select("figure > a"):
            yield {"file_url": urljoin(response.url, link["href"])}


def main(url: str, out: str, count: int, pages: int, threads: int) -> None:
    crawler = Crawler(
        UrlListFeeder,
        GalleryParser,
        ImageDownloader,
        downloader_threads=threads,
        storage={"backend": "FileSystem", "root_dir": out},
        log_level=logging.ERROR,
    )
    # Its own pool keeps 10 connections, so that further threads would connect for each image.
    crawler.session.mount("http://", HTTPAdapter(pool_maxsize=threads + 1))
    addresses = [url] + [f"{url}page/{number}" for number in range(2, pages + 1)]
    crawler.crawl({"url_list": addresses}, downloader_kwargs={"max_num": count})


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
