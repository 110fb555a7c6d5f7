//! Figures of both suites, for `cargo xtask bench crypto`: each line is name, unit, amount and nanoseconds, with tabs between.

use std::error::Error;
use std::hint::black_box;
use std::io::Write;
use std::time::Instant;

use rand::SeedableRng;
use rand::rngs::StdRng;
use xinyu_crypto::{EnvelopeWriter, KeyRing, Suite};

type Fallible = Result<(), Box<dyn Error>>;

fn main() -> Fallible {
    // The seed makes every run the same work; these keys protect nothing.
    let mut rng = StdRng::seed_from_u64(1);
    let keys = KeyRing::generate(&mut rng);
    // (suite, mebibytes to seal, mebibytes to hash, signatures): about a quarter of a second each.
    for (suite, sealed, hashed, signed) in [(Suite::Intl, 256, 128, 5_000), (Suite::Sm, 16, 64, 1_000)] {
        let mebibyte = vec![7_u8; 1 << 20];
        let recipient = keys.public().sealing(suite).clone();
        figure(
            &format!("{} envelope", suite.cipher_name()),
            "B",
            sealed << 20,
            || {
                let (mut writer, _) = EnvelopeWriter::new(suite, &recipient, b"bench", &mut rng)?;
                let mut out = Vec::new();
                for _ in 0..sealed {
                    out.clear();
                    writer.push(&mebibyte, &mut out)?;
                }
                Ok(writer.finish(&mut out)?)
            },
        )?;
        figure(suite.hash_name(), "B", hashed << 20, || {
            for _ in 0..hashed {
                black_box(suite.hash(&mebibyte));
            }
            Ok(())
        })?;
        let (signing, message) = (keys.signing(suite), [7_u8; 256]);
        figure(&format!("{} sign", suite.signature_name()), "", signed, || {
            for _ in 0..signed {
                black_box(signing.sign(&message));
            }
            Ok(())
        })?;
        let (public, signature) = (signing.public(), signing.sign(&message));
        figure(&format!("{} verify", suite.signature_name()), "", signed, || {
            (0..signed).try_for_each(|_| Ok(public.verify(black_box(&message), &signature)?))
        })?;
    }
    Ok(())
}

fn figure(name: &str, unit: &str, amount: u64, work: impl FnOnce() -> Fallible) -> Fallible {
    let started = Instant::now();
    work()?;
    writeln!(
        std::io::stdout(),
        "{name}\t{unit}\t{amount}\t{}",
        started.elapsed().as_nanos()
    )?;
    Ok(())
}
