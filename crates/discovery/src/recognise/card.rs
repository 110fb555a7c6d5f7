//! 银行卡号: an issuer's first digits and the check digit of ISO/IEC 7812-1 (Luhn), which is right by chance in one number of ten.

use super::cue::{Context, Cue};
use super::number::Number;
use super::{Reason, Verdict};

/// First digits of Chinese banks, a bank a line: 工 农 中 建 交 邮储 招商 中信 光大 民生 平安 浦发 兴业 广发 华夏.
const ISSUERS: [&str; 15] = [
    "620058 621225 621226 621227 621281 621288 621558 621559 621722 621723 622200 622202 622203 622208 622210 622230 622235 625330 955880 958801",
    "622821 622822 622823 622824 622825 622840 622841 622843 622844 622845 622846 622847 622848 622849 623018 623206 621282 103",
    "621256 621283 621330 621331 621332 621333 621568 621569 621620 621660 621661 621662 621663 621665 621666 621667 621668 621669 621672 621785 621786 621787 621788 621789 621790 456351 601382 622750 622751 622752 622760",
    "621080 621081 621082 621284 621466 621467 621488 621499 621598 621621 621700 622166 622280 622700 622707 622966 622988 623211 623668 436742 436745 552245",
    "621002 621069 621335 621436 622250 622251 622252 622253 622254 622255 622256 622257 622258 622259 622260 622261 622262 623261 601428 405512 458123",
    "621095 621096 621098 621285 621286 621582 621599 621674 621797 621798 621799 622150 622151 622180 622181 622188 622199 623218 623219 955100",
    "621286 621299 621483 621485 621486 622575 622576 622577 622578 622579 622580 622581 622582 622588 622598 622609 623126 623136 690755 410062 468203 512425 524011",
    "621767 621768 621770 621771 621772 621773 622690 622691 622692 622696 622698 622998 622999 433670 433671 433680 442729 442730 968807",
    "621489 621490 621491 621492 622655 622658 622660 622661 622662 622663 622664 622665 622666 622667 622668 622669 622670 622671 622672 622673 303",
    "621691 622615 622616 622617 622618 622619 622620 622621 622622 622623 415599 421393 421865 427570 427571 472067 472068",
    "621626 622155 622156 622157 622298 622525 622526 622535 622536 622538 622539 622983 622986 622989 623058 623269 602907",
    "621351 621352 621390 621791 621792 621793 621795 621796 622176 622177 622228 622276 622277 622516 622517 622518 622519 622520 622521 622522 622523 84301 84342",
    "622901 622902 622908 622909 622922 438588 438589 451289 451290 486493 486494 486861 523036 524070 527414 528057 90592 966666",
    "621462 622555 622556 622557 622558 622559 622560 622568 623259 406365 406366 428911 436768 436769 436770 487013 491032 520152 520382 541709 548844 552794 558360 685800 6858000",
    "621222 622630 622631 622632 622633 622636 622637 622638 623020 623021 623022 623023 528708 528709 539867 539868",
];

pub(super) fn judge(number: &Number<'_>, context: &Context<'_>) -> Option<Verdict> {
    if !number.is_digits || !is_grouped(number.groups) || !luhn(number.plain) {
        return None;
    }
    let issuer = ISSUERS.iter().any(|bank| bank.split(' ').any(|digits| number.plain.starts_with(digits)));
    let scheme = scheme(number.plain);
    let verdict = match (issuer, scheme) {
        (true, _) if (16..=19).contains(&number.plain.len()) => Verdict::new(850).with(Reason::IssuerKnown),
        (_, Some(base)) => Verdict::new(base).with(Reason::SchemeKnown),
        _ => return None,
    };
    let is_named = context.says(number.place.start, number.place.end, Cue::BankCard);
    let verdict = verdict.with(Reason::CheckDigit).when(is_named, 200, Reason::ContextWord);
    Some(verdict.unless(context.denies(number.place.start), 500))
}

/// UnionPay 62 and 81, JCB 35, Visa 4, Mastercard 51–55 with 16 to 19 digits, American Express 34 and 37 with 15; how sure each makes it.
fn scheme(plain: &str) -> Option<u16> {
    let prefix = plain.get(..2)?.parse::<u8>().ok()?;
    match (plain.len(), prefix) {
        (16..=19, 62) => Some(750),
        (16..=19, 81) => Some(600),
        (16, 35 | 40..=49 | 51..=55) => Some(600),
        (15, 34 | 37) => Some(550),
        _ => None,
    }
}

/// Alone, in fours, 6 and 13, or 4, 6 and 5.
fn is_grouped(groups: &[usize]) -> bool {
    match groups {
        [_] | [6, 9..=13] | [4, 6, 5] => true,
        [first @ .., last] => first.iter().all(|length| *length == 4) && (1..=4).contains(last),
        [] => false,
    }
}

fn luhn(number: &str) -> bool {
    let digits = number.bytes().rev().map(|byte| u32::from(byte - b'0'));
    let sum: u32 = digits
        .enumerate()
        .map(|(place, digit)| if place % 2 == 0 { digit } else { digit * 2 / 10 + digit * 2 % 10 })
        .sum();
    sum.is_multiple_of(10)
}
