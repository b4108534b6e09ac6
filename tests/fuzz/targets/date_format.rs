//! Patterns of `SimpleDateFormat`, texts that they read and times that they write.

use caisson_transforms::simple_date_format::SimpleDateFormat;

/// The first line is the pattern, the rest the text.
pub fn run(data: &[u8]) {
    let input = String::from_utf8_lossy(data);
    let (pattern, text) = input.split_once('\n').unwrap_or((&input, ""));
    // A letter repeated a thousand times asks for a thousand digits, which is right and slow.
    if pattern.len() > 64 {
        return;
    }
    let Ok(format) = SimpleDateFormat::new(pattern, 1_795_219_200_000) else { return };
    let parsed = format.parse(text);
    for millis in [0, i64::MIN, i64::MAX, -12_219_292_800_001, parsed.unwrap_or(1)] {
        let _ = format.parse(&format.format(millis));
    }
}

/// Patterns with texts that match.
pub fn corpus() -> Vec<Vec<u8>> {
    super::super::bytes_of(&[
        "yyyy-MM-dd'T'HH:mm:ss.SSSX\n2020-02-29T12:34:56.789+01",
        "EEE, d MMM yyyy hh:mm a z\nSat, 29 Feb 2020 12:34 PM GMT+1:00",
        "YYYY-'W'ww-u\n2020-W09-6",
        "G yy DDD F W k K Z\nAD 20 060 4 5 12 0 +0000",
        "yyyyMMdd\n20200229",
        "yyyy-MM-dd\n-2147483648-99999999999-9E99",
    ])
}
