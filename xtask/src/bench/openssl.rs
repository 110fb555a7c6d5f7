//! openssl's speed for the same cipher in the same run: the ratio holds on any machine, the rate only on this one.

use std::process::Command;

use anyhow::Context;

use super::sample::Sample;
use crate::command::on_path;
use crate::project;

/// A figure's name and what openssl calls the cipher, best match first: openssl 3.0 has no SM4-GCM, its counter mode is then the
/// nearest (and does less, so the ratio is unkind to us). We seal in chunks of 64 KiB, which is what openssl is asked for too.
const CIPHERS: &[(&str, &[&str])] =
    &[("AES-256-GCM envelope", &["aes-256-gcm"]), ("SM4-GCM envelope", &["sm4-gcm", "sm4-ctr"])];

/// Openssl's rate and our ratio to it, for a figure that has a cipher; nothing when there is no openssl.
pub(super) fn beside(ours: &Sample) -> anyhow::Result<Vec<Sample>> {
    let Some((_, ciphers)) = CIPHERS.iter().find(|(name, _)| *name == ours.name) else {
        return Ok(Vec::new());
    };
    if !on_path("openssl") {
        return Ok(Vec::new());
    }
    for cipher in *ciphers {
        let mut openssl = Command::new("openssl");
        openssl.args(["speed", "-mr", "-seconds", "1", "-bytes", "65536", "-evp", cipher]);
        // It fails for a cipher that this openssl does not know.
        let Ok(printed) = project::output(&mut openssl) else {
            continue;
        };
        let value = rate(&printed).with_context(|| format!("openssl speed {cipher} printed no rate"))?;
        return Ok(vec![
            Sample { name: format!("  openssl {cipher}"), unit: ours.unit.clone(), value },
            Sample { name: "  ours to openssl's".to_owned(), unit: String::new(), value: ours.value / value },
        ]);
    }
    Ok(Vec::new())
}

/// The last field of the line `+F:22:AES-256-GCM:5062852608.00`, in bytes per second.
fn rate(printed: &str) -> Option<f64> {
    let line = printed.lines().find(|line| line.starts_with("+F:"))?;
    line.rsplit(':').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::rate;

    #[test]
    fn the_rate_is_the_last_field() {
        assert_eq!(rate("+H:16384\n+F:22:AES-256-GCM:5062852608.00\n"), Some(5_062_852_608.0));
        assert_eq!(rate("+H:16384\n"), None);
    }
}
