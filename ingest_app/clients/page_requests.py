"""What is a page: decided from a URL alone, since a log does not hold the answer's media type.

Extensions that are surely no page are listed. Unknown ones pass, because a page's name may hold a
dot (`/blog/puppet-2.7`), and a page too many is seen in a report where a page too few is not.
"""

from urllib.parse import parse_qsl

SCRIPTS_AND_STYLES = "js mjs cjs map css less scss wasm"
IMAGES = "png jpg jpeg gif svg svgz webp avif apng bmp ico cur tif tiff psd"
FONTS = "woff woff2 ttf otf eot"
MEDIA = "mp3 mp4 m4a m4v ogg oga ogv wav flac aac webm avi mov mkv wmv flv swf m3u8 vtt srt"
ARCHIVES_AND_BINARIES = (
    "zip gz tgz bz2 tbz xz zst 7z rar tar jar war deb rpm gem whl apk dmg pkg iso img exe msi bin "
    "so dll pyc class pcap"
)
# A browser may show these, but no snippet runs in them.
DOCUMENTS = "pdf ps eps doc docx xls xlsx ppt pptx odt ods odp rtf epub tex"
TEXT_AND_DATA = "txt log access csv tsv json jsonl ndjson yaml yml toml conf ini cfg spec md sql"
SOURCE_CODE = "py rb pl c h cc cpp hpp java go rs lua sh bash vim patch diff m4 mk xs markdown"
FEEDS_AND_XML = "xml xsl xslt rss atom rdf opml webmanifest"

NOT_PAGES = frozenset(
    " ".join(
        (
            SCRIPTS_AND_STYLES,
            IMAGES,
            FONTS,
            MEDIA,
            ARCHIVES_AND_BINARIES,
            DOCUMENTS,
            TEXT_AND_DATA,
            SOURCE_CODE,
            FEEDS_AND_XML,
        )
    ).split()
)
FEED_NAME = "feed"  # WordPress; not `rss`, which is also the name of many a tag page
FEED_PARAMETERS = frozenset(("flav", "feed", "format"))  # blosxom, WordPress, many others


def is_page_path(path: str) -> bool:
    """False for assets, downloads and feeds, told by the last segment of the path."""
    name = path.lower().rstrip("/").rpartition("/")[2]
    if name == FEED_NAME:
        return False
    # `/files/x.tar.gz/` is a folder that only looks like a file.
    _, dot, extension = name.rpartition(".")
    return path.endswith("/") or not dot or extension not in NOT_PAGES


def is_page_query(query: str) -> bool:
    """False when the query asks for the feed of a page, as `?flav=rss20` does."""
    return not any(
        name.lower() in FEED_PARAMETERS and value.lower().startswith(("rss", "atom"))
        for name, value in parse_qsl(query)
    )
