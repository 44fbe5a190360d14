//! A graph read backwards: for every number the list of those that point to it.

/// The lists, one behind the other.
pub(super) struct Reversed {
    /// Where each list begins; one more, where the last ends.
    starts: Vec<u32>,
    from: Vec<u32>,
}

impl Reversed {
    /// Of sources `0..sources`, each of which points to some of `0..count`. No more than [`u32::MAX`]
    /// edges fit. Each list is in order.
    pub(super) fn new<Targets: Iterator<Item = u32>>(
        count: usize,
        sources: usize,
        targets: impl Fn(u32) -> Targets,
    ) -> Self {
        let sources = 0..sources as u32;
        // Two places on, so that one on it can serve as what is filled next.
        let mut starts = vec![0_u32; count + 2];
        for source in sources.clone() {
            targets(source).for_each(|to| starts[to as usize + 2] += 1);
        }
        for at in 2..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut from = vec![0; starts[count + 1] as usize];
        for source in sources {
            for to in targets(source) {
                let next = &mut starts[to as usize + 1];
                from[*next as usize] = source;
                *next += 1;
            }
        }
        starts.truncate(count + 1);
        Reversed { starts, from }
    }

    /// Those that point to this number.
    pub(super) fn of(&self, number: u32) -> &[u32] {
        let number = number as usize;
        &self.from[self.starts[number] as usize..self.starts[number + 1] as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_list_holds_who_points_there() {
        let targets: [&[u32]; 4] = [&[3, 1], &[], &[1, 1], &[4]];
        let reversed = Reversed::new(5, 4, |source| targets[source as usize].iter().copied());
        let lists: Vec<&[u32]> = (0..5).map(|number| reversed.of(number)).collect();
        assert_eq!(lists, [&[][..], &[0, 2, 2], &[], &[0], &[3]]);
        assert_eq!(Reversed::new(1, 0, |_| 0..0).of(0), [0; 0]);
    }
}
