"""What kind of domain an address is of. Short lists, by hand: what they do not know is business."""

from __future__ import annotations

from enum import StrEnum

FREE = frozenset(
    """
    gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com ymail.com rocketmail.com
    icloud.com me.com mac.com aol.com proton.me protonmail.com pm.me tutanota.com tuta.com hey.com
    fastmail.com zoho.com mail.com gmx.com gmx.net gmx.de gmx.at gmx.ch web.de freenet.de t-online.de
    posteo.de mailbox.org arcor.de yahoo.de yahoo.fr yahoo.it yahoo.es yahoo.co.uk yahoo.co.jp
    yahoo.co.in yahoo.com.br hotmail.de hotmail.fr hotmail.it hotmail.es hotmail.co.uk live.de live.fr
    live.nl live.co.uk outlook.de outlook.fr outlook.es orange.fr wanadoo.fr free.fr laposte.net sfr.fr
    libero.it virgilio.it tiscali.it alice.it btinternet.com sky.com virginmedia.com ziggo.nl planet.nl
    bluewin.ch seznam.cz email.cz centrum.cz wp.pl o2.pl onet.pl interia.pl mail.ru bk.ru inbox.ru
    list.ru yandex.ru yandex.com ukr.net qq.com 163.com 126.com sina.com naver.com daum.net hanmail.net
    rediffmail.com uol.com.br bol.com.br terra.com.br comcast.net verizon.net att.net sbcglobal.net
    cox.net bigpond.com optusnet.com.au xtra.co.nz shaw.ca rogers.com
    """.split()  # noqa: SIM905
)
DISPOSABLE = frozenset(
    """
    mailinator.com guerrillamail.com guerrillamail.net guerrillamail.org guerrillamailblock.com sharklasers.com
    grr.la 10minutemail.com 10minutemail.net temp-mail.org tempmail.com tempmail.net tempmailo.com
    tempr.email yopmail.com yopmail.fr yopmail.net trashmail.com trashmail.de trashmail.net
    throwawaymail.com getnada.com maildrop.cc dispostable.com fakeinbox.com mailnesia.com
    mintemail.com mohmal.com moakt.com emailondeck.com spamgourmet.com mytemp.email discard.email
    wegwerfemail.de byom.de muellmail.com einrot.com spambog.com mailcatch.com inboxkitten.com
    burnermail.io 33mail.com anonbox.net mailsac.com tempinbox.com luxusmail.org spam4.me
    """.split()  # noqa: SIM905
)


class DomainClass(StrEnum):
    """The values of `raw.email_domain_class`."""

    FREE = "free"
    BUSINESS = "business"
    DISPOSABLE = "disposable"


def domain_class(domain: str) -> DomainClass:
    """The class of a domain in lower case. A domain below a listed one is of the same class."""
    labels = domain.split(".")
    parents = {".".join(labels[start:]) for start in range(len(labels))}
    if parents & DISPOSABLE:
        return DomainClass.DISPOSABLE
    return DomainClass.FREE if parents & FREE else DomainClass.BUSINESS
