"""Referrers of all kinds and countries, written by hand, and how many of them are told right.

The rules were not made from them. A site of a known kind that is missed is a gap and no fault: so
shares are held, and not each case. What must never be wrong is in test_traffic_source.py.
"""

from __future__ import annotations

import pytest

from ingest_app.enrichment.traffic_source import resolve_traffic_source

SHOP = "en.shop-one.example"

KINDS: dict[str, str] = {
    "email": """
        mail.google.com outlook.live.com outlook.office365.com bl123w.blu123.mail.live.com
        snt148.mail.live.com us-mg6.mail.yahoo.com mail.yahoo.co.jp mail.aol.com app.fastmail.com
        mail.proton.me mail.tutanota.com mail.zoho.in www.icloud.com hotmail.fr
        webmail.bigpond.com webmail.iinet.net.au webmail.optusnet.com.au webmail.xtra.co.nz
        mail.virginmedia.com webmail.talktalk.co.uk webmail.plus.net webmail.earthlink.net
        webmail.centurylink.net myemail.cox.net webmail.juno.com webmail.shaw.ca webmail.bell.net
        connect.xfinity.com messagerie.orange.fr messagerie-12.sfr.fr webmail1k.orange.fr
        zimbra.free.fr webmail.laposte.net mail.libero.it mail.virgilio.it webmail.aruba.it
        mail.tim.it webmail.pec.it lightmailer-bs.gmx.net lightmailer.web.de navigator-bs.gmx.net
        navigator-lxa.mail.com bap.navigator.web.de 3c-bs.gmx.net email.freenet.de email.t-online.de
        webmail.strato.de communicator.strato.de webmailer.hosteurope.de webmail.netcologne.de
        mail.ionos.de webmail.a1.net webmail.bluewin.ch webmail.ziggo.nl webmail.kpnmail.nl
        webmail.telenet.be webmail.proximus.be webmail.telia.com mail.tele2.se webmail.comhem.se
        epost.telenor.no webmail.kolumbus.fi poczta.onet.pl poczta.wp.pl poczta.interia.pl
        email.seznam.cz mail.centrum.cz mail.zoznam.sk freemail.hu webmail.upcmail.hu nm60.abv.bg
        e.mail.ru mail.yandex.ru mail.rambler.ru mail.ukr.net mbox2.i.ua www.inbox.lv www.mail.ee
        correo.telefonica.net webmail.ono.com correoweb.movistar.es email.uol.com.br
        webmail.locaweb.com.br mail.sapo.pt mail.goo.ne.jp mail.nifty.com mail.naver.com
        mail2.daum.net mail3.nate.com mail.163.com cwebmail.mail.163.com mail.qq.com exmail.qq.com
        mail.sina.com.cn mail.sohu.com mail.10086.cn webmail.hinet.net mail.pchome.com.tw
        f5mail.rediff.com mail.walla.co.il mail.mynet.com eposta.firma.example owa.firm.example
        roundcube.hoster.example zimbra.university.example horde.hoster.example
        email.secureserver.net webmail.one.com webmail.gandi.net mail.hostinger.com
        nam02.safelinks.protection.outlook.com deref-web.de
    """,
    "organic_search": """
        www.google.com www.google.se www.google.com.mx images.google.it scholar.google.fr
        news.google.com www.bing.com cn.bing.com uk.bing.com www.baidu.com m.baidu.com
        image.baidu.com www.sogou.com wap.sogou.com www.so.com m.so.com m.sm.cn yandex.ru yandex.by
        m.yandex.ru yandex.com.tr ya.ru search.yahoo.com fr.search.yahoo.com r.search.yahoo.com
        images.search.yahoo.com search.yahoo.co.jp search.naver.com m.search.naver.com
        search.daum.net m.search.daum.net search.nate.com search.zum.com search.seznam.cz
        szukaj.onet.pl szukaj.wp.pl suche.t-online.de suche.web.de suche.gmx.net suche.freenet.de
        suche.aol.de recherche.aol.fr search.free.fr lemoteur.orange.fr busca.orange.es
        buscador.terra.es busca.uol.com.br pesquisa.sapo.pt ricerca.virgilio.it search.tiscali.it
        arianna.libero.it search.bluewin.ch www.search.ch search.walla.co.il coccoc.com
        nova.rambler.ru go.mail.ru search.goo.ne.jp search.biglobe.ne.jp search.nifty.com
        websearch.rakuten.co.jp duckduckgo.com html.duckduckgo.com safe.duckduckgo.com
        www.ecosia.org www.qwant.com lite.qwant.com www.startpage.com s2-eu4.startpage.com
        search.brave.com kagi.com swisscows.com metager.de www.mojeek.com presearch.com yep.com
        search.lilo.org www.ask.com uk.ask.com www.dogpile.com search.aol.com search.xfinity.com
        search.earthlink.net search.avira.com search.avast.com www.petalsearch.com www.lukol.com
        zarebin.ir www.parseek.com www.egerin.com
    """,
    "paid_search": """
        googleads.g.doubleclick.net ad.doubleclick.net tpc.googlesyndication.com
        www.googleadservices.com syndicatedsearch.goog www.adsensecustomsearchads.com
        googlesyndicatedsearch.com an.yandex.ru yabs.yandex.ru trc.taboola.com api.taboola.com
        paid.outbrain.com cas.jp.as.criteo.com cat.nl.eu.criteo.com ib.adnxs.com us-ads.openx.net
        optimized-by.rubiconproject.com ads.pubmatic.com s.tribalfusion.com farm.plista.com
        servedby.flashtalking.com aax-us-east.amazon-adsystem.com insight.adsrvr.org track.adform.net
        dsp.adfox.ru send.microad.jp www.popin.cc ads.yahoo.com bs.serving-sys.com
        www8.smartadserver.com pos.baidu.com c.gdt.qq.com mgid.com www.zemanta.com d.adroll.com
        click.dtiserv2.com rtb.adkernel.com
    """,
    "social": """
        www.facebook.com l.facebook.com lm.facebook.com m.facebook.com www.instagram.com
        l.instagram.com t.co x.com mobile.twitter.com www.linkedin.com lnkd.in www.reddit.com
        old.reddit.com out.reddit.com www.pinterest.co.uk www.pinterest.de pl.pinterest.com
        www.youtube.com m.youtube.com youtu.be www.tiktok.com www.snapchat.com vk.com away.vk.com
        ok.ru m.ok.ru my.mail.ru weibo.com m.weibo.cn www.zhihu.com link.zhihu.com
        www.xiaohongshu.com www.douyin.com mp.weixin.qq.com www.bilibili.com www.nicovideo.jp mixi.jp
        mastodon.social mastodon.nu mstdn.jp fosstodon.org mastodon.firm.example pixelfed.social
        lemmy.world bsky.app www.threads.net web.telegram.org t.me web.whatsapp.com discord.com
        www.quora.com medium.com news.ycombinator.com www.xing.com www.tumblr.com t.umblr.com
        vimeo.com www.twitch.tv www.flickr.com www.livejournal.com www.dcard.tw www.ptt.cc band.us
        www.plurk.com gab.com truthsocial.com
    """,
    "referral": """
        docs.google.com drive.google.com photos.google.com pay.google.com search.google.com
        accounts.google.com sites.google.com groups.google.com ads.google.com support.google.com
        developers.google.com calendar.google.com meet.google.com classroom.google.com
        earth.google.com play.google.com analytics.google.com tagmanager.google.com one.google.com
        translate.google.com disk.yandex.ru music.yandex.ru webmaster.yandex.ru metrika.yandex.ru
        ads.bing.com blogs.bing.com login.yahoo.com finance.yahoo.com sports.yahoo.com
        zhidao.baidu.com pan.baidu.com baike.baidu.com blog.naver.com spreadprivacy.com
        help.duckduckgo.com www.mail-archive.com mail-archives.apache.org mail.python.org
        lists.debian.org mailchimp.com www.mailgun.com mailtrap.io help.mail.ru news.mail.ru
        cloud.mail.ru help.mail.yahoo.com email.about.example.org
        chatgpt.com chat.openai.com www.perplexity.ai gemini.google.com copilot.microsoft.com
        claude.ai chat.deepseek.com grok.com chat.mistral.ai notebooklm.google.com
        en.wikipedia.org github.com www.nytimes.com www.theguardian.com www.amazon.de
        www.ebay.co.uk blog.partner.example netflix.com www.microsoft.com tagesschau.de
        www.lemonde.fr www.globo.com teams.microsoft.com app.slack.com www.notion.so
        news.mail.example.org web.archive.org en-wikipedia-org.translate.goog
        google.evil.example facebook.com.evil.example mailman.example.org
    """,
    "internal": """
        en-shop--one-example.translate.goog en-shop--one-example.cdn.ampproject.org
        en-shop--one-example.bing-amp.com en-shop--one-example.turbopages.org
        www-en-shop--one-example.translate.goog EN.shop-one.example:443
        www.google.com/amp/s/en.shop-one.example/a cdn.ampproject.org/c/s/en.shop-one.example/a
        translate.google.com/translate?sl=en&u=https%3A%2F%2Fen.shop-one.example%2F
        webcache.googleusercontent.com/search?q=cache:x:https://en.shop-one.example/a
        yandex.ru/turbo/en.shop-one.example/s/a translate.yandex.com/translate?url=en.shop-one.example
        papago.naver.net/website?source=auto&target=ko&url=https%3A%2F%2Fen.shop-one.example%2F
    """,
}
FLOORS = {
    "email": 0.95,
    "organic_search": 0.95,
    "paid_search": 0.9,
    "social": 0.95,
    "referral": 0.95,
    "internal": 1.0,
}


def source_of(referrer: str, property_id: str = SHOP) -> str:
    return resolve_traffic_source(
        utm_medium=None,
        utm_source=None,
        referrer=f"https://{referrer}",
        request_host="collect.example",
        property_id=property_id,
    ).value


@pytest.mark.parametrize("kind", KINDS)
def test_nearly_all_of_a_kind_are_told_right(kind: str) -> None:
    referrers = KINDS[kind].split()
    wrong = {each: source for each in referrers if (source := source_of(each)) != kind}
    assert 1 - len(wrong) / len(referrers) >= FLOORS[kind], wrong


def test_the_sample_is_large() -> None:
    referrers = [each for kind in KINDS.values() for each in kind.split()]
    assert len(set(referrers)) == len(referrers) >= 300


@pytest.mark.parametrize(
    ("referrer", "property_id", "expected"),
    [
        ("shop-example.translate.goog", "shop.example", "internal"),
        ("shop-example.translate.goog", "www.shop.example", "internal"),
        ("shop-example.translate.goog", "example", "referral"),
        ("shop-example.translate.goog", "shop-example", "referral"),
        ("shop--example-com.cdn.ampproject.org", "shop-example.com", "internal"),
        ("shop--example-com.cdn.ampproject.org", "shop.example.com", "referral"),
        ("0-de--at-example-0.cdn.ampproject.org", "de-at.example", "internal"),
        ("xn--bcher-example-wob.cdn.ampproject.org", "b\u00fccher.example", "internal"),
        ("xn--bcher-example-wob.cdn.ampproject.org", "xn--bcher-kva.example", "internal"),
        ("www-google-com.translate.goog", "shop.example", "organic_search"),
        ("www.google.com/amp/s/other.example/shop.example.html", "shop.example", "organic_search"),
        ("www.google.com/search?q=shop.example", "shop.example", "organic_search"),
        ("translate.google.com/?text=other.example", "shop.example", "referral"),
        ("translate.goog", "translate.goog", "internal"),
        ("a.b.translate.goog", "a.b", "referral"),
        # Of a long host only a hash is left.
        ("a7qyd3nyf6kmaaz5xw2o4f6.cdn.ampproject.org", "shop.example", "referral"),
    ],
)
def test_a_copy_belongs_to_the_property_whose_page_it_is(
    referrer: str, property_id: str, expected: str
) -> None:
    assert source_of(referrer, property_id) == expected
