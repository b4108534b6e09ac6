//! The abbreviations of time zones that Java knows in English.

/// The abbreviation with which a text starts, in any case, the longest of several: its length and its minutes east of Greenwich.
pub fn abbreviation(text: &str) -> Option<(usize, i32)> {
    let matches = |name: &str| text.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
    let found = ABBREVIATIONS.iter().filter(|(name, _)| matches(name)).max_by_key(|(name, _)| name.len());
    found.map(|(name, minutes)| (name.len(), (*minutes).into()))
}

/// Java takes some by the rules of a place and a year; these are the offsets of our days.
#[rustfmt::skip]
const ABBREVIATIONS: [(&str, i16); 242] = [
    ("ACDT", 570), ("ACST", 570), ("ACT", -300), ("ACWDT", 525), ("ACWST", 525), ("ADT", -180), ("AEDT", 660), ("AEST", 600),
    ("AFST", 270), ("AFT", 270), ("AKDT", -480), ("AKST", -540), ("ALMST", 360), ("ALMT", 360), ("AMST", 240), ("AMT", 240),
    ("ANAST", 720), ("ANAT", 720), ("ARST", -180), ("ART", -180), ("AST", -240), ("AWDT", 480), ("AWST", 480), ("AZOST", 0),
    ("AZOT", -60), ("AZST", 240), ("AZT", 240), ("BDST", 360), ("BDT", 360), ("BNST", 480), ("BNT", 480), ("BOST", -240),
    ("BOT", -240), ("BRT", -180), ("BST", 60), ("BTST", 360), ("BTT", 360), ("CAST", 120), ("CAT", 120), ("CCST", 390),
    ("CCT", 390), ("CDT", -300), ("CEST", 120), ("CET", 60), ("CHADT", 825), ("CHAST", 765), ("CHOST", 480), ("CHOT", 480),
    ("CHUST", 600), ("CHUT", 600), ("CIST", 480), ("CKHST", -600), ("CKT", -600), ("CLST", -180), ("CLT", -240), ("COST", -300),
    ("COT", -300), ("CST", -360), ("CVST", -60), ("CVT", -60), ("CXST", 420), ("CXT", 420), ("DAVST", 420), ("DAVT", 420),
    ("DDUST", 600), ("DDUT", 600), ("EASST", -300), ("EAST", 180), ("EAT", 180), ("ECST", -300), ("ECT", -300), ("EDT", -240),
    ("EEST", 180), ("EET", 120), ("EGST", 0), ("EGT", -60), ("EIST", 540), ("EST", -300), ("FJST", 720), ("FJT", 720),
    ("FKST", -180), ("FNST", -120), ("FNT", -120), ("GALST", -360), ("GALT", -360), ("GAMST", -540), ("GAMT", -540),
    ("GDT", 240), ("GEST", 240), ("GET", 240), ("GFST", -180), ("GFT", -180), ("GHST", 0), ("GILST", 720), ("GILT", 720),
    ("GMT", 0), ("GST", 240), ("GYST", -240), ("GYT", -240), ("HADT", -540), ("HAST", -600), ("HDT", -600), ("HKST", 480),
    ("HKT", 480), ("HOVST", 420), ("HOVT", 420), ("HST", -600), ("ICST", 420), ("ICT", 420), ("IDT", 180), ("IRKST", 480),
    ("IRKT", 480), ("IRST", 210), ("IST", 120), ("JDT", 540), ("JST", 540), ("KDT", 540), ("KRAST", 420), ("KRAT", 420),
    ("KST", 540), ("LHDT", 660), ("LHST", 630), ("LINST", 840), ("LINT", 840), ("MAGST", 660), ("MAGT", 660), ("MARST", -570),
    ("MART", -570), ("MDT", -360), ("MEST", 120), ("MET", 60), ("MHST", 720), ("MHT", 720), ("MMST", 390), ("MMT", 390),
    ("MSD", 180), ("MSK", 180), ("MST", -420), ("MUST", 240), ("MUT", 240), ("MVST", 300), ("MVT", 300), ("MYST", 480),
    ("MYT", 480), ("NCST", 660), ("NCT", 660), ("NDT", -150), ("NPST", 345), ("NPT", 345), ("NRST", 720), ("NRT", 720),
    ("NST", -210), ("NUST", -660), ("NUT", -660), ("NZDT", 780), ("NZST", 720), ("OMSST", 360), ("OMST", 360), ("PDT", -420),
    ("PEST", -300), ("PET", -300), ("PGST", 600), ("PGT", 600), ("PHOST", 780), ("PHOT", 780), ("PKST", 300), ("PKT", 300),
    ("PMDT", -120), ("PMST", -180), ("PONST", 660), ("PONT", 660), ("PST", -480), ("PWST", 540), ("PWT", 540), ("PYT", -240),
    ("QYZST", 300), ("QYZT", 300), ("REST", 240), ("RET", 240), ("ROTST", -180), ("ROTT", -180), ("SAKST", 660), ("SAKT", 660),
    ("SAMST", 240), ("SAMT", 240), ("SAST", 120), ("SBST", 660), ("SBT", 660), ("SCST", 240), ("SCT", 240), ("SDT", -660),
    ("SGST", 480), ("SGT", 480), ("SREDT", 660), ("SRET", 660), ("SRST", -180), ("SRT", -180), ("SST", -660), ("SYOST", 180),
    ("SYOT", 180), ("TAHST", -600), ("TAHT", -600), ("TFST", 300), ("TFT", 300), ("TJST", 300), ("TJT", 300), ("TMST", 300),
    ("TMT", 300), ("TOST", 780), ("TOT", 780), ("TVST", 720), ("TVT", 720), ("ULAST", 480), ("ULAT", 480), ("UTC", 0),
    ("UYST", -180), ("UYT", -180), ("UZST", 300), ("UZT", 300), ("VEST", -240), ("VET", -240), ("VOSST", 420), ("VOST", 420),
    ("VUST", 660), ("VUT", 660), ("WAKST", 720), ("WAKT", 720), ("WAST", 60), ("WAT", 60), ("WFST", 720), ("WFT", 720),
    ("WGST", -120), ("WGT", -180), ("WIB", 420), ("WIST", 420), ("WIT", 540), ("XJDT", 360), ("XJT", 360), ("YAKST", 540),
    ("YAKT", 540), ("YEKST", 300), ("YEKT", 300),
];
