"""Parameters of a query that say where a visitor came from, and nothing of the page, as data.

A new one is a word in one of the sets; stored pages stay as they are. Where it names a traffic source,
raise `RULES_VERSION` of `traffic_rules`.
"""

from ingest_app.enrichment.vocabulary import TrafficSource


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

# What others add, in lower case.
_OTHERS = _words(
    """
    gclsrc gad srsltid ysclid yadclid _openstat fb_action_ids fb_action_types fb_ref fb_source
    fb_comment_id __twitter_impression ref_src ref_url trk trkcampaign trackingid lipi
    irclickid irgwc clickid click_id cjevent cjdata awc sscid ranmid raneaid ransiteid wickedid
    msockid rb_clickid dm_i s_kwcid ef_id s_cid cmpid ncid xtor at_medium at_campaign
    _ga _gl _gac _branch_match_id _branch_referrer
    _ke _kx _hsenc _hsmi __hssc __hstc __hsfp hsctatracking __s mc_cid mc_eid mc_tc mkt_tok
    ml_subscriber ml_subscriber_hash vero_id vero_conv oly_anon_id oly_enc_id
    elqtrackid elqtrack elqaid elqat elqcampaignid sb_referer_host nr_email_referer
    _bhlid bsft_clkid bsft_eid bsft_uid sfmc_id sfmc_sub
    """
)
TRACKING_PARAMETERS = _OTHERS.union(*(names for names, _ in CLICK_ID_RULES))
TRACKING_PREFIXES = ("utm_", "pk_", "mtm_", "piwik_", "matomo_", "hsa_", "itm_")
# Ids of a visit that servers of before write into the path, behind a semicolon.
SESSION_PARAMETERS = ("jsessionid", "phpsessid", "aspsessionid")


def is_tracking(name: str) -> bool:
    """Tell whether a parameter is one, in any case of its letters."""
    folded = name.strip().lower()
    return folded in TRACKING_PARAMETERS or folded.startswith(TRACKING_PREFIXES)
