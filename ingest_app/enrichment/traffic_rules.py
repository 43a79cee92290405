"""The rules that name a traffic source, as data.

A new site is a line in one of the sets, a new kind of source a `SourceRule` in `SOURCE_RULES`. Raise
`RULES_VERSION` with every change of meaning. What differs from the contract, and why:
docs/decisions/0010.
"""

from ingest_app.enrichment.source_rule import SourceRule
from ingest_app.enrichment.vocabulary import TrafficSource

RULES_VERSION = 3

# Substrings of utm.medium, in the order in which they are tried.
MEDIUM_RULES: tuple[tuple[tuple[str, ...], TrafficSource], ...] = (
    (("cpc", "ppc", "paid", "display", "retarget"), TrafficSource.PAID_SEARCH),
    (("email",), TrafficSource.EMAIL),
    (("social",), TrafficSource.SOCIAL),
    (("organic",), TrafficSource.ORGANIC_SEARCH),
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Query parameters (lower-case) that an ad or a network adds to the link, in the order in which they
# are tried: networks add theirs to ads and to posts alike, so only the advertiser's own means paid.
CLICK_ID_RULES: tuple[tuple[frozenset[str], TrafficSource], ...] = (
    (
        _words(
            """
            gclid gbraid wbraid dclid gad_source gad_campaignid msclkid yclid tblci dicbo cto_pld
            """
        ),
        TrafficSource.PAID_SEARCH,
    ),
    (
        _words("fbclid igshid igsh mibextid ttclid twclid li_fat_id sccid rdt_cid epik qclid"),
        TrafficSource.SOCIAL,
    ),
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

WEBMAIL = SourceRule(
    source=TrafficSource.EMAIL,
    brands=frozenset({"google", "yandex"}),
    suffixes=COUNTRY_SUFFIXES,
    services=frozenset({"mail", "inbox"}),
    # Mail programs that people host themselves answer under this name more than under any other.
    first_labels=frozenset({"webmail"}),
    domains=_words(
        """
        outlook.live.com mail.live.com hotmail.com outlook.com outlook.office.com
        outlook.office365.com outlook.cloud.microsoft mail.yahoo.com mail.yahoo.co.jp mail.aol.com
        mail.proton.me mail.protonmail.com mail.tutanota.com app.tuta.com mail.tuta.com app.hey.com
        fastmail.com fastmail.fm mail.zoho.com mail.zoho.eu mail.zoho.in mail.zoho.com.au
        mail.zoho.jp e.mail.ru touch.mail.ru m.mail.ru mail.rambler.ru navigator.gmx.net 3c.gmx.net
        navigator.gmx.com navigator.web.de 3c.web.de email.t-online.de email.seznam.cz mail.qq.com
        mail.163.com mail.126.com mail.naver.com mail.daum.net poczta.onet.pl poczta.wp.pl
        poczta.o2.pl poczta.interia.pl messagerie.orange.fr mail.com posteo.de mailbox.org
        mail.ionos.de mail.ionos.com mail.sina.com.cn
        """
    )
    # Where mail programs send a link through, to check it or to hide the mailbox's address.
    | _words(
        """
        safelinks.protection.outlook.com urldefense.com urldefense.proofpoint.com
        linkprotect.cudasvc.com checklink.mail.ru deref-gmx.net deref-gmx.com deref-web.de
        deref-web-02.de deref-mail.com
        """
    ),
    # Portals that live from their mail service: their subdomains are news, search and shops.
    hosts=_words(
        """
        mail.ru gmx.net gmx.de gmx.at gmx.ch gmx.com web.de icloud.com
        com.google.android.gm com.google.android.gm.lite com.microsoft.office.outlook
        com.yahoo.mobile.client.android.mail com.samsung.android.email.provider com.android.email
        ch.protonmail.android de.tutao.tutanota com.fastmail.app com.zoho.mail me.bluemail.mail
        ru.mail.mailapp ru.yandex.mail com.fsck.k9 net.thunderbird.android eu.faircode.email
        de.gmx.mobile.android.mail de.web.mobile.android.mail com.readdle.spark com.easilydo.mail
        """
    ),
)

# The consoles in which ads are bought (ads.google.com) are not here: nobody clicks an ad there.
AD_NETWORKS = SourceRule(
    source=TrafficSource.PAID_SEARCH,
    brands=frozenset({"google", "yandex"}),
    suffixes=COUNTRY_SUFFIXES,
    services=frozenset({"adservice", "yabs"}),
    domains=_words(
        """
        doubleclick.net googlesyndication.com googleadservices.com syndicatedsearch.goog 2mdn.net
        an.yandex.ru bingads.com bingads.microsoft.com r.msn.com taboola.com outbrain.com
        zemanta.com criteo.com criteo.net adnxs.com adsrvr.org amazon-adsystem.com
        rubiconproject.com pubmatic.com openx.net casalemedia.com smartadserver.com adform.net
        mgid.com revcontent.com teads.tv adroll.com bidswitch.net 3lift.com serving-sys.com
        flashtalking.com advertising.com ads.yahoo.com gemini.yahoo.com
        """
    ),
)

# Referrals by the contract, said here because some have a search engine's name or domain, and so
# that a source of their own would be a change of one word.
ASSISTANTS = SourceRule(
    source=TrafficSource.REFERRAL,
    domains=_words(
        """
        chatgpt.com chat.openai.com gemini.google.com bard.google.com notebooklm.google.com
        copilot.microsoft.com copilot.com copilot.cloud.microsoft m365.cloud.microsoft
        edgeservices.bing.com copilot.bing.com perplexity.ai claude.ai chat.deepseek.com
        chat.mistral.ai you.com poe.com meta.ai grok.com grok.x.com duck.ai phind.com pi.ai
        character.ai kimi.com chat.qwen.ai doubao.com chat.baidu.com yiyan.baidu.com
        alice.yandex.ru
        """
    ),
    hosts=_words(
        """
        com.openai.chatgpt com.google.android.apps.bard com.microsoft.copilot com.anthropic.claude
        ai.perplexity.app.android com.deepseek.chat ai.mistral.chat ai.x.grok com.poe.android
        """
    ),
)

SEARCH_ENGINES = SourceRule(
    source=TrafficSource.ORGANIC_SEARCH,
    tagged=TrafficSource.ORGANIC_SEARCH,
    brands=frozenset({"google", "yandex"}),
    suffixes=COUNTRY_SUFFIXES,
    domains=_words(
        """
        bing.com duckduckgo.com ecosia.org startpage.com qwant.com search.brave.com ya.ru
        search.yahoo.com search.yahoo.co.jp baidu.com sogou.com so.com search.naver.com
        search.daum.net search.seznam.cz coccoc.com search.aol.com search.aol.co.uk ask.com
        search.lycos.com mojeek.com mojeek.co.uk kagi.com swisscows.com metager.org metager.de
        yep.com presearch.com presearch.org dogpile.com webcrawler.com excite.com info.com
        gibiru.com petalsearch.com nova.rambler.ru go.mail.ru search.lilo.org oceanhero.today
        search.marginalia.nu wiby.me search.ch search.walla.co.il zapmeta.com gigablast.com sm.cn
        yandex.eu yandex.com.am yandex.tj suche.web.de suche.gmx.net search.gmx.com
        suche.t-online.de lemoteur.orange.fr
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
        accounts ads aistudio analytics business calendar chat classroom cloud colab console
        contacts developers direct disk docs drive firebase forms groups keep lookerstudio mail maps
        meet merchants metrika myaccount pan passport play plus script sites support tagassistant
        tagmanager tieba translate webmaster zhidao
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
    tagged=TrafficSource.SOCIAL,
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
        viadeo.com livejournal.com plurk.com my.mail.ru l.wl.co
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

# Tried in this order, by utm.source and by the referrer's host: what lies on a search engine's or a
# network's domain without being either stands before them.
SOURCE_RULES: tuple[SourceRule, ...] = (
    WEBMAIL,
    AD_NETWORKS,
    ASSISTANTS,
    SEARCH_ENGINES,
    SOCIAL_NETWORKS,
)
