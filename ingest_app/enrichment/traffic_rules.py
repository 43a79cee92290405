"""The rules that name a traffic source, as data.

A new site is a word in one of the sets, a new kind of source a `SourceRule` in `SOURCE_RULES`. The
click ids stand in `tracking`. Raise `RULES_VERSION` with every change of meaning. What differs from
the contract, and why: docs/decisions/0010 and 0038.
"""

import re

from ingest_app.enrichment.source_rule import SourceRule
from ingest_app.enrichment.vocabulary import TrafficSource

RULES_VERSION = 4

# Substrings of utm.medium, in the order in which they are tried.
MEDIUM_RULES: tuple[tuple[tuple[str, ...], TrafficSource], ...] = (
    (("cpc", "ppc", "paid", "display", "retarget"), TrafficSource.PAID_SEARCH),
    (("email",), TrafficSource.EMAIL),
    (("social",), TrafficSource.SOCIAL),
    (("organic",), TrafficSource.ORGANIC_SEARCH),
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


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

# Under these a site's pages are served as translations and copies. The first label is the site's
# host: `en-shop--one-example` is en.shop-one.example.
COPIES = _words(
    """
    translate.goog cdn.ampproject.org bing-amp.com amp.cloudflare.com turbopages.org
    translatoruser.com
    """
)
# Here the site stands in the rest of the address, which browsers of before sent as well.
COPY_PAGES = re.compile(
    r"""
    https?:// (?: [a-z0-9-]+ \. )? (?:
        translate (?: d )? \. google \. [a-z.]+ / | (?: translate | webcache ) \.
        googleusercontent \. com / | google \. [a-z.]+ /amp/ | cdn \. ampproject \. org /
        | translate \. yandex \. [a-z.]+ / | yandex \. [a-z.]+ /turbo | turbopages \. org /
        | papago \. naver \. (?: net | com ) / | cc \. bingj \. com / | bing-amp \. com /
        | microsofttranslator \. com /
    )
    """,
    re.VERBOSE | re.IGNORECASE,
)

# Whoever offers mail serves it under such a name of a domain of its own, in every country.
MAIL_LABELS = re.compile(
    r"""
    (?: [a-z0-9]{1,6} -?)? e?-? mail (?: [a-z]{1,3} | - [a-z]{2} )? -? \d{0,5}
    | (?: webmail | lightmailer | freemail | messagerie | mailcenter | mailcluster | roundcube
        | squirrelmail | rainloop | zimbra | horde | correoweb | webcorreo | webmel | webpost )
        [a-z0-9-]*
    | (?: navigator | 3c ) - [a-z0-9-]+
    | (?: outlook | owa | imp | mbox | inbox | mailbox | postfach | posteingang ) -? \d{0,4}
    | (?: e-?posta? | e-?post | posta | poczta | pochta | poshta | courriel | correo | correio
        | buzon | posti | sahkoposti | levelezes ) -? \d{0,4} [a-z]?
    """,
    re.VERBOSE,
)
# Under these a mail service has its help and its blog, and others the archives of mailing lists.
NOT_MAIL_LABELS = _words(
    """
    about account accounts api archive archives blog careers community corp developer developers
    directmail doc docs faq forum forums help hilfe info learn lists mailman market marketing news
    postmaster press pricing status store support voicemail wiki
    """
)
# Archives of mailing lists, and those who sell mail.
NOT_MAIL = _words(
    """
    mail-archive.com marc.info mail.python.org mail.gnome.org mail.kde.org mail.gnu.org
    mail.scipy.org mail.mozilla.org mail.openjdk.org mail.openjdk.java.net mail.haskell.org
    mail.coreboot.org mail.zope.org mail.kernel.org mail.ietf.org mail.openvswitch.org
    mail.jabber.org mail.videolan.org mail.lists.wikimedia.org mailchimp.com mailgun.com mailjet.com
    sendgrid.com postmarkapp.com sendinblue.com brevo.com mailerlite.com activecampaign.com
    hubspot.com constantcontact.com campaignmonitor.com klaviyo.com mailtrap.io mailinator.com
    roundcube.net zimbra.com zendesk.com
    """
)

WEBMAIL = SourceRule(
    source=TrafficSource.EMAIL,
    labels=MAIL_LABELS,
    other_services=NOT_MAIL_LABELS,
    other_domains=NOT_MAIL,
    brands=frozenset({"hotmail", "gmail", "zohomail"}),
    suffixes=COUNTRY_SUFFIXES,
    domains=_words(
        """
        outlook.live.com outlook.com outlook.office.com outlook.office365.com
        outlook.cloud.microsoft e.mail.ru touch.mail.ru m.mail.ru mail.proton.me protonmail.com
        app.tuta.com tutanota.com app.hey.com fastmail.com fastmail.fm mailbox.org posteo.de
        mailfence.com hushmail.com runbox.com startmail.com mail.com mail.de mail.ee mail.bg mail.be
        email.it email.cz freemail.hu citromail.hu indamail.hu vipmail.hu inbox.lv inbox.lt inbox.eu
        inbox.com ukr.net i.ua abv.bg rediff.com rediffmail.com navigator.gmx.net navigator.gmx.com
        3c.gmx.net navigator.web.de 3c.web.de communicator.strato.com communicator.strato.de
        webmail.us qiye.aliyun.com
        """
    )
    # Where mail programs send a link through, to check it or to hide the mailbox's address.
    | _words(
        """
        safelinks.protection.outlook.com urldefense.com urldefense.us urldefense.proofpoint.com
        linkprotect.cudasvc.com checklink.mail.ru deref-gmx.net deref-gmx.com deref-gmx.co.uk
        deref-web.de deref-web-02.de deref-mail.com deref-1und1.de mimecastprotect.com
        protect-eu.mimecast.com protect-us.mimecast.com protection.sophos.com clicktime.symantec.com
        mail-attachment.googleusercontent.com
        """
    ),
    # Portals that live from their mail service: their subdomains are news, search and shops.
    hosts=_words(
        """
        mail.ru gmx.net gmx.de gmx.at gmx.ch gmx.com gmx.co.uk gmx.fr gmx.es web.de icloud.com
        com.google.android.gm com.google.android.gm.lite com.microsoft.office.outlook
        com.yahoo.mobile.client.android.mail com.samsung.android.email.provider com.android.email
        ch.protonmail.android de.tutao.tutanota com.fastmail.app com.zoho.mail me.bluemail.mail
        ru.mail.mailapp ru.yandex.mail com.fsck.k9 net.thunderbird.android eu.faircode.email
        de.gmx.mobile.android.mail de.web.mobile.android.mail com.readdle.spark com.easilydo.mail
        com.tencent.androidqqmail com.netease.mail com.lge.email com.htc.android.mail
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
        doubleclick.net doubleclick.com googlesyndication.com googleadservices.com 2mdn.net
        googletagservices.com adservice.google an.yandex.ru bs.yandex.ru adfox.ru begun.ru
        directadvert.ru ad.mail.ru rb.mail.ru bingads.com bingads.microsoft.com r.msn.com g.msn.com
        taboola.com outbrain.com outbrainimg.com zemanta.com plista.com ligatus.com dianomi.com
        engageya.com contentad.net criteo.com criteo.net adnxs.com adsrvr.org amazon-adsystem.com
        rubiconproject.com magnite.com pubmatic.com openx.net openx.com casalemedia.com indexww.com
        smartadserver.com sascdn.com adform.net adform.com adition.com yieldlab.net adscale.de
        mgid.com marketgid.com revcontent.com teads.tv adroll.com bidswitch.net bidr.io 3lift.com
        serving-sys.com sizmek.com flashtalking.com advertising.com adtechus.com adtech.de
        ads.yahoo.com gemini.yahoo.com yads.yahoo.co.jp yads.c.yahoo.co.jp tribalfusion.com
        acuityplatform.com mathtag.com sharethrough.com contextweb.com turn.com yieldmo.com
        lijit.com sovrn.com zedo.com everesttech.net mookie1.com gumgum.com undertone.com media.net
        quantserve.com tapad.com simpli.fi adgrx.com stackadapt.com nativo.com ntv.io triplelift.com
        microad.jp microad.net i-mobile.co.jp fout.jp popin.cc logly.co.jp ad-stir.com gssprt.jp
        adcash.com propellerads.com propellerclick.com popads.net popcash.net exoclick.com
        trafficjunky.net juicyads.com clickadu.com adsterra.com hilltopads.net trafficfactory.biz
        buysellads.com buysellads.net carbonads.net ethicalads.io tanx.com pos.baidu.com
        cpro.baidu.com e.qq.com gdt.qq.com admicro.vn eclick.vn adnow.com unityads.unity3d.com
        applovin.com inmobi.com vungle.com ironsrc.com kargo.com spotxchange.com freewheel.tv
        adspirit.de zanox.com awin1.com
        tradedoubler.com creativecdn.com rtbhouse.com smaato.net seedtag.com adyoulike.com
        omnitagjs.com 360yield.com improvedigital.com adkernel.com de17a.com
        emxdgt.com bidtheatre.com
        """
    )
    # Results that a search engine's ad network sells to other sites.
    | _words(
        """
        syndicatedsearch.goog googlesyndicatedsearch.com adsensecustomsearchads.com
        search.media.net syndication.bing.com
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

# The hosts under which a company that has other products too serves its search: of a country, of a
# device, of a server, and of what is searched for.
SEARCH_LABELS = re.compile(
    r"""
    (?: www | ww ) \d* | [a-z]{2} (?: - [a-z]{2} )? | m | wap | mobile | touch | web | int | global
    | html | lite | classic | start | safe | quark | noai | encrypted | ipv[46] | r | go | clck
    | nova | search | cse
    | image s? | pic s? | imgsrc | video s? | v | news | blogsearch | scholar | books
    | shopping | lens | english | weixin | s\d+ (?: - [a-z]+ \d* )?
    """,
    re.VERBOSE,
)
# On a portal, search is where its name says so.
PORTAL_SEARCH_LABELS = re.compile(
    r"""
    (?: [a-z0-9]{0,6} -? ) (?: search | suche | suchet | recherches? | ricerca[a-z]* | busca
    | buscar | buscador | busqueda | pesquisa | szukaj | hledej | hledani | hladaj
    | vyhladavanie | zoeken
    | otsing | poisk | lemoteur | websearch | isearch ) (?: -? [a-z0-9]{1,6} )?
    """,
    re.VERBOSE,
)

SEARCH_ENGINES = SourceRule(
    source=TrafficSource.ORGANIC_SEARCH,
    tagged=TrafficSource.ORGANIC_SEARCH,
    brands=frozenset({"google", "yandex"}),
    suffixes=COUNTRY_SUFFIXES | {"eu", "com.am"},
    companies=_words(
        """
        bing.com ya.ru baidu.com sogou.com so.com duckduckgo.com qwant.com ecosia.org kagi.com
        startpage.com ixquick.com ixquick.de sm.cn coccoc.com
        """
    ),
    company_labels=SEARCH_LABELS,
    domains=_words(
        """
        search.yahoo.com search.yahoo.co.jp images.yahoo.com search.naver.com search.daum.net
        search.seznam.cz search.brave.com search.aol.com search.aol.co.uk ask.com search.lycos.com
        mojeek.com mojeek.co.uk swisscows.com metager.org metager.de yep.com presearch.com
        presearch.org dogpile.com webcrawler.com excite.com info.com gibiru.com petalsearch.com
        nova.rambler.ru go.mail.ru search.lilo.org oceanhero.today search.marginalia.nu wiby.me
        search.ch search.walla.co.il zapmeta.com zapmetasearch.com search.f-secure.com
        search.smt.docomo.ne.jp searches.f-secure.com gigablast.com quark.cn haosou.com soso.com
        so.360.cn lemoteur.orange.fr lemoteur.fr exalead.com infospace.com metacrawler.com
        searchlock.com privacywall.org karmasearch.org freespoke.com stract.com entireweb.com
        fireball.com fireball.de kvasir.no najdi.si toile.com laban.vn izito.com search-results.com
        mywebsearch.com mysearch.com myway.com webssearches.com inspsearch.com search.com torry.io
        tusksearch.com alltheinternet.com teoma.com hotbot.com looksmart.com altavista.com
        alltheweb.com picsearch.com mamma.com webfetch.com surfcanyon.com epicsearch.in
        junglekey.com junglekey.fr lukol.com boardreader.com gigablast.org whaleslide.com
        disconnectsearch.com search.disconnect.me givero.com ekoru.org elliotforwater.com
        good-search.org goodsearch.com ecosearch.org lilo.org onesearch.com luxxle.com
        andisearch.com searx.be searx.space searxng.org timpi.io rightdao.com cliqz.com
        wolframalpha.com
        """
    ),
    portals=_words(
        """
        aol.com aol.de aol.fr aol.it aol.ca aol.co.uk aol.com.mx aol.com.au aolsvc.de t-online.de
        web.de gmx.net gmx.de gmx.com gmx.at gmx.ch freenet.de arcor.de 1und1.de orange.fr orange.es
        voila.fr free.fr sfr.fr laposte.net aliceadsl.fr tiscali.it tiscali.cz libero.it virgilio.it
        terra.es terra.cl terra.com terra.com.br uol.com.br bol.com.br ig.com.br sapo.pt clix.pt
        wp.pl onet.pl o2.pl interia.pl gazeta.pl centrum.cz seznam.cz atlas.cz volny.cz zoznam.sk
        azet.sk centrum.sk delfi.ee delfi.lv delfi.lt neti.ee rambler.ru mail.ru qip.ru icq.com
        aport.ru nate.com daum.net zum.com goo.ne.jp biglobe.ne.jp nifty.com auone.jp so-net.ne.jp
        rakuten.co.jp excite.co.jp excite.it excite.fr excite.de excite.es excite.nl excite.co.uk
        infoseek.co.jp livedoor.com fmworld.net comcast.net xfinity.com charter.net earthlink.net
        frontier.com centurylink.net juno.com netzero.net peoplepc.com rr.com verizon.com
        verizon.net att.net att.yahoo.com bt.com talktalk.co.uk sky.com virginmedia.com bluewin.ch
        swisscom.ch telenet.be skynet.be ziggo.nl kpn.com planet.nl startpagina.nl eniro.se eniro.dk
        sol.no startsiden.no avira.com avira.net avast.com avg.com norton.com babylon.com
        conduit.com softonic.com iminent.com incredimail.com winamp.com snap.do trustnav.com
        genieo.com v9.com b1.org glarysoft.com comodo.com zonealarm.com yippy.com yam.com hinet.net
        pchome.com.tw sina.com.cn sohu.com 163.com qq.com hp.com lycos.com lycos.de lycos.fr
        lycos.co.uk netscape.com netscape.net msn.com live.com yahoo.com yahoo.co.jp mynet.com
        walla.co.il ynet.co.il in.gr abv.bg index.hu startlap.hu myspace.com opera.com vivaldi.com
        """
    ),
    labels=PORTAL_SEARCH_LABELS,
    hosts=_words(
        """
        yahoo.com yahoo.co.jp seznam.cz cade.yahoo.com com.google.android.googlequicksearchbox
        com.google.android.apps.searchlite com.duckduckgo.mobile.android com.microsoft.bing
        com.yandex.searchapp ru.yandex.searchplugin com.qwant.liberty com.ecosia.android
        com.nhn.android.search com.baidu.searchbox com.sogou.activity.src
        """
    ),
    # The console for those who own sites, and what stands behind a login.
    other_domains=frozenset(f"search.google.{suffix}" for suffix in COUNTRY_SUFFIXES)
    | _words("ai.baidu.com tv.baidu.com"),
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
        tiktok.com snapchat.com tumblr.com t.umblr.com bsky.app whatsapp.com wa.me telegram.org
        telegram.me t.me discord.com discord.gg quora.com medium.com vk.com vk.cc vk.ru ok.ru
        weibo.com weibo.cn t.cn douyin.com zhihu.com xiaohongshu.com xing.com twitch.tv vimeo.com
        flickr.com news.ycombinator.com lobste.rs meetup.com nextdoor.com gab.com truthsocial.com
        gettr.com line.me kakao.com myspace.com viadeo.com livejournal.com livejournal.ru plurk.com
        my.mail.ru l.wl.co discordapp.com vkontakte.ru odnoklassniki.ru deviantart.com dribbble.com
        behance.net foursquare.com swarmapp.com badoo.com tagged.com hi5.com skyrock.com taringa.net
        nk.pl classmates.com fetlife.com xanga.com stumbleupon.com mix.com digg.com minds.com
        mewe.com parler.com spoutible.com cohost.org clubhouse.com bere.al lemon8-app.com kick.com
        rumble.com viber.com zalo.me band.us signal.me wechat.com weixin.qq.com qzone.qq.com
        kuaishou.com bilibili.com b23.tv xhslink.com douban.com renren.com huya.com douyu.com
        v2ex.com nicovideo.jp mixi.jp gree.jp twitcasting.tv dcard.tw workplace.com skyfeed.app
        fosstodon.org hachyderm.io mas.to masto.ai chaos.social c.im mamot.fr pawoo.net
        social.vivaldi.net universeodon.com infosec.exchange techhub.social ioc.exchange sfba.social
        indieweb.social ohai.social toot.community toot.io vis.social typo.social front-end.social
        graphics.social mastodonapp.uk pxlmo.com pixey.org social.tchncs.de beehaw.org
        sh.itjust.works misskey.io threads.instagram.com
        """
    ),
    # Networks that everyone may host: their names under these, and as a label of a site's own.
    brands=frozenset({"mastodon", "mstdn", "pixelfed", "lemmy", "misskey"}),
    suffixes=COUNTRY_SUFFIXES
    | _words(
        "jp nu social online world cloud art scot party technology xyz eus org net app uk io uno"
    ),
    labels=re.compile(r"mastodon|mstdn|pixelfed|lemmy|misskey|pleroma|friendica|peertube"),
    # Link shims (l.facebook.com, lm.facebook.com, l.instagram.com, out.reddit.com) are subdomains.
    hosts=_words(
        """
        plus.google.com plus.url.google.com url.google.com com.facebook.katana com.facebook.lite
        com.facebook.orca com.instagram.android com.instagram.barcelona com.twitter.android
        com.twitter.android.lite com.linkedin.android com.reddit.frontpage com.pinterest
        com.google.android.youtube com.zhiliaoapp.musically com.ss.android.ugc.trill
        com.snapchat.android com.tumblr xyz.blueskyweb.app org.joinmastodon.android com.whatsapp
        com.whatsapp.w4b org.telegram.messenger org.telegram.messenger.web com.discord
        com.quora.android com.medium.reader com.vkontakte.android ru.ok.android com.sina.weibo
        com.xing.android tv.twitch.android.app jp.naver.line.android
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
