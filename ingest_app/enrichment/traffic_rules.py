"""The rules that name a traffic source, as data.

A new kind of source (webmail, ad hosts, assistants) is a new `SourceRule` in `SOURCE_RULES`; a new
site is a line in one of its sets. Raise `RULES_VERSION` with every change of meaning.
"""

from dataclasses import dataclass

from ingest_app.enrichment.hosts import has_domain, name_and_parents, normal_host
from ingest_app.enrichment.vocabulary import TrafficSource

RULES_VERSION = 1

# Substrings of utm.medium, in the order in which they are tried.
MEDIUM_RULES: tuple[tuple[tuple[str, ...], TrafficSource], ...] = (
    (("cpc", "ppc", "paid", "display", "retarget"), TrafficSource.PAID_SEARCH),
    (("email",), TrafficSource.EMAIL),
    (("social",), TrafficSource.SOCIAL),
    (("organic",), TrafficSource.ORGANIC_SEARCH),
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


@dataclass(frozen=True, slots=True)
class SourceRule:
    """The sites of one traffic source.

    `domains` match with their subdomains, `hosts` (and Android app ids) only exactly, `brands` are
    second-level names that count under any suffix of `COUNTRY_SUFFIXES`. `other_services` are
    subdomains of these that are something else; `names` are values of utm.source beside the hosts.
    """

    source: TrafficSource
    domains: frozenset[str]
    hosts: frozenset[str] = frozenset()
    brands: frozenset[str] = frozenset()
    other_services: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    def fits_host(self, host: str) -> bool:
        """Tell whether a normalised host belongs to this source."""
        if host in self.hosts:
            return True
        matched = has_domain(host, self.domains) or self._is_brand(host)
        return matched and not self._is_other_service(host)

    def fits_name(self, name: str) -> bool:
        """Tell whether a utm.source (lower-case) names this source, by brand or by host."""
        if name in self.names:
            return True
        host = normal_host(name) if "." in name else None
        return host is not None and self.fits_host(host)

    def _is_brand(self, host: str) -> bool:
        for name in name_and_parents(host):
            label, _, suffix = name.partition(".")
            if label in self.brands and suffix in COUNTRY_SUFFIXES:
                return True
        return False

    def _is_other_service(self, host: str) -> bool:
        return any(
            name.partition(".")[0] in self.other_services for name in name_and_parents(host)[:-2]
        )


# The suffixes under which Google and Yandex serve their search, written out: a pattern such as
# "two short labels" would also take in names that anyone can register.
COUNTRY_SUFFIXES = _words(
    """
    com cat ad ae al am as at az ba be bf bg bi bj bs bt by ca cd cf cg ch ci cl cm cn cv cz de dj
    dk dm dz ee es fi fm fr ga ge gg gl gm gr gy hn hr ht hu ie im iq is it je jo kg ki kz la li lk
    lt lu lv md me mg mk ml mn mu mv mw ne nl no nr nu pl pn ps pt ro rs ru rw sc se sh si sk sm sn
    so sr st td tg tl tm tn to tt ua vu ws co.ao co.bw co.ck co.cr co.id co.il co.in co.jp co.ke
    co.kr co.ls co.ma co.mz co.nz co.th co.tz co.ug co.uk co.uz co.ve co.vi co.za co.zm co.zw
    com.af com.ag com.ai com.ar com.au com.bd com.bh com.bn com.bo com.br com.by com.bz com.co
    com.cu com.cy com.do com.ec com.eg com.et com.fj com.ge com.gh com.gi com.gt com.hk com.jm
    com.kh com.kw com.lb com.ly com.mm com.mt com.mx com.my com.na com.ng com.ni com.np com.om
    com.pa com.pe com.pg com.ph com.pk com.pr com.py com.qa com.sa com.sb com.sg com.sl com.sv
    com.tj com.tr com.tw com.ua com.uy com.vc com.vn uz
    """
)

SEARCH_ENGINES = SourceRule(
    source=TrafficSource.ORGANIC_SEARCH,
    brands=frozenset({"google", "yandex"}),
    domains=_words(
        """
        bing.com duckduckgo.com ecosia.org startpage.com qwant.com search.brave.com ya.ru
        search.yahoo.com search.yahoo.co.jp baidu.com sogou.com so.com search.naver.com
        search.daum.net search.seznam.cz coccoc.com search.aol.com search.aol.co.uk ask.com
        search.lycos.com mojeek.com mojeek.co.uk kagi.com swisscows.com metager.org metager.de
        yep.com presearch.com presearch.org dogpile.com webcrawler.com excite.com info.com
        gibiru.com petalsearch.com nova.rambler.ru go.mail.ru search.lilo.org oceanhero.today
        search.marginalia.nu wiby.me search.ch search.walla.co.il zapmeta.com gigablast.com sm.cn
        """
    ),
    hosts=_words(
        """
        yahoo.com yahoo.co.jp seznam.cz com.google.android.googlequicksearchbox
        com.google.android.apps.searchlite com.duckduckgo.mobile.android com.microsoft.bing
        com.yandex.searchapp ru.yandex.searchplugin com.qwant.liberty com.ecosia.android
        com.nhn.android.search com.baidu.searchbox
        """
    ),
    # A visit from a document or a login page is not a search.
    other_services=_words(
        """
        accounts calendar chat classroom cloud colab console contacts disk docs drive forms groups
        keep mail maps meet myaccount passport pan play plus script sites support tieba translate
        zhidao
        """
    ),
    names=_words(
        """
        google googlesearch bing yahoo duckduckgo ddg ecosia baidu yandex startpage qwant brave
        naver seznam sogou aol ask daum mojeek kagi swisscows
        """
    ),
)

SOCIAL_NETWORKS = SourceRule(
    source=TrafficSource.SOCIAL,
    domains=_words(
        """
        facebook.com fb.com fb.me fb.watch messenger.com m.me instagram.com threads.net threads.com
        twitter.com x.com t.co linkedin.com lnkd.in reddit.com redd.it pinterest.com pin.it
        pinterest.de pinterest.fr pinterest.es pinterest.it pinterest.ca pinterest.ch pinterest.at
        pinterest.se pinterest.pt pinterest.cl pinterest.jp pinterest.ie pinterest.nz pinterest.dk
        pinterest.co.uk pinterest.co.kr pinterest.com.au pinterest.com.mx youtube.com youtu.be
        tiktok.com snapchat.com tumblr.com t.umblr.com bsky.app mastodon.social mastodon.online
        mstdn.social whatsapp.com wa.me telegram.org telegram.me t.me discord.com discord.gg
        quora.com medium.com vk.com vk.cc vk.ru ok.ru weibo.com weibo.cn t.cn douyin.com zhihu.com
        xiaohongshu.com xing.com twitch.tv vimeo.com flickr.com news.ycombinator.com lobste.rs
        meetup.com nextdoor.com gab.com truthsocial.com gettr.com line.me kakao.com myspace.com
        viadeo.com livejournal.com plurk.com
        """
    ),
    # Link shims (l.facebook.com, lm.facebook.com, l.instagram.com, out.reddit.com) are subdomains.
    hosts=_words(
        """
        plus.google.com plus.url.google.com com.facebook.katana com.facebook.lite com.facebook.orca
        com.instagram.android com.instagram.barcelona com.twitter.android com.twitter.android.lite
        com.linkedin.android com.reddit.frontpage com.pinterest com.google.android.youtube
        com.zhiliaoapp.musically com.ss.android.ugc.trill com.snapchat.android com.tumblr
        xyz.blueskyweb.app org.joinmastodon.android com.whatsapp com.whatsapp.w4b
        org.telegram.messenger org.telegram.messenger.web com.discord com.quora.android
        com.medium.reader com.vkontakte.android ru.ok.android com.sina.weibo com.xing.android
        tv.twitch.android.app jp.naver.line.android
        """
    ),
    names=_words(
        """
        facebook fb meta instagram ig threads twitter x linkedin reddit pinterest youtube tiktok
        snapchat tumblr bluesky bsky mastodon whatsapp messenger telegram discord quora vk weibo
        xing hackernews
        """
    ),
)

# Tried in this order, first by utm.source and then by the referrer's host.
SOURCE_RULES: tuple[SourceRule, ...] = (SEARCH_ENGINES, SOCIAL_NETWORKS)
