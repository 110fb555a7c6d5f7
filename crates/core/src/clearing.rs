//! Clearing (清算): the statement of a contract from its reconciled meter and its revenue rule. Integer fen; shares sum exactly to the total (largest
//! remainder), debits equal credits. Pure.

use jiff::Timestamp;
use xinyu_protocol::id::{ContractId, ParticipantId};
use xinyu_protocol::tc609::contract::{Contract, Revenue, Share};
use xinyu_protocol::tc609::metering::{Meter, Posting, ShareFen, Statement, StatementLine};
use xinyu_protocol::tc609::smart_clause::{ChargedParty, ClauseCharge};
use xinyu_protocol::tc609::version::VersionKind;

use crate::fault::Rejection;

/// Who owes, and who is owed by smart clauses.
#[derive(Clone, Copy, Debug)]
pub struct Accounts<'a> {
    /// The consumer, who owes the total.
    pub consumer: &'a ParticipantId,
    /// The provider.
    pub provider: &'a ParticipantId,
}

impl Accounts<'_> {
    fn of(&self, party: ChargedParty) -> ParticipantId {
        match party {
            ChargedParty::Consumer => self.consumer.clone(),
            ChargedParty::Provider => self.provider.clone(),
        }
    }
}

/// What a version of the contract costs.
#[derive(Clone, Copy, Debug)]
pub struct Tariff<'a> {
    /// Its price and shares.
    pub revenue: &'a Revenue,
    /// Whether a term begins with it, for which the base is owed: with the first version and with every renewal. An amendment says another base for the
    /// term that runs.
    pub begins_term: bool,
    /// The uses that were recorded while it was in force.
    pub uses: u64,
}

impl<'a> Tariff<'a> {
    /// Of a version.
    #[must_use]
    pub fn of(contract: &'a Contract, uses: u64) -> Self {
        let link = contract.expansion_item.version.as_ref();
        let is_amended = link.is_some_and(|link| link.kind == VersionKind::Amendment);
        Self { revenue: &contract.expansion_item.revenue, begins_term: !is_amended, uses }
    }
}

/// The bases, and all that is owed; none if that is too much to be said.
#[must_use]
pub fn sums(tariffs: &[Tariff<'_>]) -> Option<(u64, u64)> {
    let lines = lines(tariffs)?;
    let mut sums = (0_u64, 0_u64);
    for line in &lines {
        let base_fen = if line.item == "base" { line.amount_fen } else { 0 };
        sums = (sums.0.checked_add(base_fen)?, sums.1.checked_add(line.amount_fen)?);
    }
    Some(sums)
}

/// The base of every term, by the last version in it; the uses at the price of the version in force, equal prices in one line.
fn lines(tariffs: &[Tariff<'_>]) -> Option<Vec<StatementLine>> {
    let (mut bases, mut uses): (Vec<u64>, Vec<(u64, u64)>) = (Vec::new(), Vec::new());
    for tariff in tariffs {
        let revenue = tariff.revenue;
        match bases.last_mut().filter(|_| !tariff.begins_term) {
            Some(base) => *base = revenue.base_fen,
            None => bases.push(revenue.base_fen),
        }
        match uses.last_mut().filter(|(unit, _)| *unit == revenue.per_use_fen) {
            Some((_, quantity)) => *quantity = quantity.checked_add(tariff.uses)?,
            None => uses.push((revenue.per_use_fen, tariff.uses)),
        }
    }
    let line = |item: &str, quantity: u64, unit_fen: u64| {
        let amount_fen = quantity.checked_mul(unit_fen)?;
        Some(StatementLine { item: item.to_owned(), quantity, unit_fen, amount_fen })
    };
    let bases = bases.into_iter().map(|base| line("base", 1, base));
    bases.chain(uses.into_iter().map(|(unit, quantity)| line("use", quantity, unit))).collect()
}

/// Makes the statement. What smart clauses charged is posted from party to party, beside the total that is shared.
///
/// # Errors
/// If the amounts overflow or the shares do not sum to 1,000 ‰.
pub fn statement(
    contract_id: &ContractId,
    accounts: Accounts<'_>,
    tariffs: &[Tariff<'_>],
    meter: Meter,
    charges: Vec<ClauseCharge>,
    at: Timestamp,
) -> Result<Statement, Rejection> {
    let consumer = accounts.consumer;
    let lines = lines(tariffs).ok_or_else(|| overflow(contract_id))?;
    let (_, total_fen) = sums(tariffs).ok_or_else(|| overflow(contract_id))?;
    // Shares are the same in every version but for what the provider gives up itself: the last one says how.
    let shares = divide(total_fen, tariffs.last().map_or(&[][..], |last| &last.revenue.shares))?;
    let mut postings = vec![Posting { participant_id: consumer.clone(), debit_fen: total_fen, credit_fen: 0 }];
    postings.extend(shares.iter().map(|share| Posting {
        participant_id: share.participant_id.clone(),
        debit_fen: 0,
        credit_fen: share.amount_fen,
    }));
    postings.extend(charges.iter().flat_map(|charge| {
        let owed = Posting { participant_id: accounts.of(charge.from), debit_fen: charge.fen, credit_fen: 0 };
        [owed, Posting { participant_id: accounts.of(charge.to), debit_fen: 0, credit_fen: charge.fen }]
    }));
    Ok(Statement { contract_id: contract_id.clone(), meter, total_fen, lines, shares, charges, postings, at })
}

/// Divides an amount by permilles: everyone gets the whole part, what is left goes one fen each to the largest remainders, in the order of the rule.
///
/// # Errors
/// If the permilles do not sum to 1,000.
pub fn divide(total_fen: u64, shares: &[Share]) -> Result<Vec<ShareFen>, Rejection> {
    let sum: u64 = shares.iter().map(|share| u64::from(share.permille)).sum();
    if sum != 1000 {
        return Err(Rejection::bad(
            "shares",
            format!("收益分成合计 {sum}‰，应为 1000‰"),
            format!("the shares sum to {sum}‰, they must sum to 1000‰"),
        ));
    }
    let exact: Vec<(u128, u128)> = shares
        .iter()
        .map(|share| {
            let product = u128::from(total_fen) * u128::from(share.permille);
            (product / 1000, product % 1000)
        })
        .collect();
    let given: u128 = exact.iter().map(|(whole, _)| whole).sum();
    let mut left = u128::from(total_fen) - given;
    let mut order: Vec<usize> = (0..exact.len()).collect();
    order.sort_by_key(|&index| std::cmp::Reverse(exact.get(index).map_or(0, |(_, rest)| *rest)));
    let mut extra = vec![0u128; exact.len()];
    for index in order {
        if left == 0 {
            break;
        }
        if let Some(slot) = extra.get_mut(index) {
            *slot = 1;
            left -= 1;
        }
    }
    Ok(shares
        .iter()
        .zip(exact.iter().zip(extra))
        .map(|(share, ((whole, _), extra))| ShareFen {
            participant_id: share.participant_id.clone(),
            amount_fen: u64::try_from(whole + extra).unwrap_or(u64::MAX),
        })
        .collect())
}

fn overflow(contract_id: &ContractId) -> Rejection {
    Rejection::bad(
        "amount-overflow",
        format!("合约 {contract_id} 的金额超出可表示范围"),
        format!("the amount of contract {contract_id} is too large"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(permilles: &[u16]) -> Vec<Share> {
        let participant_id = ParticipantId::parse("91350100M000100Y43").unwrap();
        permilles.iter().map(|&permille| Share { participant_id: participant_id.clone(), permille }).collect()
    }

    #[test]
    fn shares_sum_exactly_for_every_total() {
        for rule in [&[1000][..], &[850, 150], &[333, 333, 334], &[1, 1, 998], &[500, 250, 125, 125]] {
            for total in (0..5_000).chain([u64::MAX, u64::MAX - 1]) {
                let divided = divide(total, &shares(rule)).unwrap();
                let sum: u128 = divided.iter().map(|share| u128::from(share.amount_fen)).sum();
                assert_eq!(sum, u128::from(total), "{rule:?} of {total}");
            }
        }
    }

    #[test]
    fn what_clauses_charge_is_posted_from_party_to_party() {
        let contract = ContractId::parse("C491350100M000100Y43350120250829120000A1B2C3D4B").unwrap();
        let (consumer, provider) =
            (ParticipantId::parse("91350100M000100Y43").unwrap(), ParticipantId::parse("91310000MA7XYU103F").unwrap());
        let revenue = Revenue {
            base_fen: 100,
            per_use_fen: 10,
            shares: vec![Share { participant_id: provider.clone(), permille: 1000 }],
        };
        let charge = |from, to, fen| ClauseCharge { clause: "c".to_owned(), from, to, fen, record: "r".to_owned() };
        let charges = vec![
            charge(ChargedParty::Consumer, ChargedParty::Provider, 500),
            charge(ChargedParty::Provider, ChargedParty::Consumer, 30),
        ];
        let accounts = Accounts { consumer: &consumer, provider: &provider };
        let meter = Meter { uses: 2, ..Meter::default() };
        let tariffs = [Tariff { revenue: &revenue, begins_term: true, uses: meter.uses }];
        let stated = statement(&contract, accounts, &tariffs, meter, charges, Timestamp::UNIX_EPOCH).unwrap();
        let balance = |party: &ParticipantId| {
            let own = stated.postings.iter().filter(|posting| posting.participant_id == *party);
            own.map(|posting| i128::from(posting.credit_fen) - i128::from(posting.debit_fen)).sum::<i128>()
        };
        assert_eq!((stated.total_fen, balance(&consumer), balance(&provider)), (120, -590, 590));
    }

    #[test]
    fn each_use_is_at_the_price_of_its_version_and_each_term_has_its_base() {
        let revenue = |base_fen, per_use_fen| Revenue { base_fen, per_use_fen, shares: shares(&[1000]) };
        let (one, dearer, renewed) = (revenue(100, 10), revenue(150, 20), revenue(150, 20));
        let tariffs = [
            Tariff { revenue: &one, begins_term: true, uses: 3 },
            Tariff { revenue: &dearer, begins_term: false, uses: 1 },
            Tariff { revenue: &renewed, begins_term: true, uses: 2 },
        ];
        let told: Vec<_> =
            lines(&tariffs).unwrap().into_iter().map(|line| (line.item, line.quantity, line.amount_fen)).collect();
        let line = |item: &str, quantity, fen| (item.to_owned(), quantity, fen);
        // The amendment says the base of the first term anew; the renewal begins another one.
        assert_eq!(told, [line("base", 1, 150), line("base", 1, 150), line("use", 3, 30), line("use", 3, 60)]);
        let too_much = [Tariff { revenue: &revenue(0, u64::MAX), begins_term: true, uses: 2 }];
        assert!(lines(&too_much).is_none());
    }

    #[test]
    fn shares_that_do_not_sum_to_a_whole_are_refused() {
        assert_eq!(divide(100, &shares(&[500, 499])).unwrap_err().code, "shares");
    }
}
