//! SplitMix64: small, and the same for ever, which no generator of a library promises.

use uuid::Uuid;

pub(super) struct Random(u64);

impl Random {
    /// A source for one row: `kind` names the table.
    pub(super) fn new(seed: u64, kind: &str, row: u64) -> Random {
        let mut state = seed ^ 0x9e37_79b9_7f4a_7c15;
        for byte in kind.bytes() {
            state = (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        let mut random = Random(state);
        random.0 = random.next() ^ row.wrapping_mul(0xd6e8_feb8_6659_fd93);
        random
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to `limit`, without it.
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        if limit == 0 { 0 } else { self.next() % limit }
    }

    pub(super) fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        let index = self.below(from.len() as u64);
        usize::try_from(index).ok().and_then(|i| from.get(i)).copied().unwrap_or_default()
    }

    pub(super) fn uuid(&mut self) -> Uuid {
        let (high, low) = (self.next(), self.next());
        let bits = (u128::from(high) << 64) | u128::from(low);
        uuid::Builder::from_u128(bits)
            .with_version(uuid::Version::Random)
            .with_variant(uuid::Variant::RFC4122)
            .into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_numbers_for_ever() {
        let mut random = Random::new(1, "users", 7);
        let first = (random.next(), random.next(), random.uuid().to_string());
        insta::assert_debug_snapshot!(first);
    }

    #[test]
    fn rows_and_tables_differ() {
        let first = |kind: &str, row| Random::new(1, kind, row).next();
        assert_ne!(first("users", 1), first("users", 2));
        assert_ne!(first("users", 1), first("tags", 1));
    }
}
