//! The difference of two texts by lines, as people read it.

/// Lines around a change.
const CONTEXT: usize = 2;
/// Beyond this many pairs of lines only the changed stretch as a whole is shown.
const MOST: usize = 4_000_000;

/// The lines of the difference, each with what happens to it: `-`, `+` or a blank.
pub fn lines<'a>(old: &'a str, new: &'a str) -> Vec<(char, &'a str)> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let all = if old.len().saturating_mul(new.len()) > MOST {
        let gone = old.iter().map(|line| ('-', *line));
        gone.chain(new.iter().map(|line| ('+', *line))).collect()
    } else {
        aligned(&old, &new)
    };
    let changed: Vec<usize> = all.iter().enumerate().filter(|(_, (mark, _))| *mark != ' ').map(|(at, _)| at).collect();
    let near = |at: &usize| changed.iter().any(|change| change.abs_diff(*at) <= CONTEXT);
    let kept = all.into_iter().enumerate().filter(|(at, _)| near(at));
    kept.map(|(_, line)| line).collect()
}

/// Both, along a longest common subsequence.
fn aligned<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<(char, &'a str)> {
    let width = new.len() + 1;
    let mut common = vec![0u32; (old.len() + 1) * width];
    let cell = |common: &[u32], i: usize, j: usize| common.get(i * width + j).copied().unwrap_or(0);
    for (i, before) in old.iter().enumerate().rev() {
        for (j, after) in new.iter().enumerate().rev() {
            let best = if before == after {
                cell(&common, i + 1, j + 1) + 1
            } else {
                cell(&common, i + 1, j).max(cell(&common, i, j + 1))
            };
            if let Some(place) = common.get_mut(i * width + j) {
                *place = best;
            }
        }
    }
    let (mut i, mut j, mut found) = (0, 0, Vec::new());
    loop {
        match (old.get(i), new.get(j)) {
            (Some(before), Some(after)) if before == after => {
                found.push((' ', *before));
                (i, j) = (i + 1, j + 1);
            }
            (Some(before), after) if after.is_none() || cell(&common, i + 1, j) >= cell(&common, i, j + 1) => {
                found.push(('-', *before));
                i += 1;
            }
            (_, Some(after)) => {
                found.push(('+', *after));
                j += 1;
            }
            _ => return found,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn only_what_changes_is_shown_with_its_neighbours() {
        let found = lines("a\nb\nc\nd\ne\n", "a\nb\nc\nx\nd\ne\n");
        assert_eq!(found, [(' ', "b"), (' ', "c"), ('+', "x"), (' ', "d"), (' ', "e")]);
        assert_eq!(lines("", "x\n"), [('+', "x")]);
        assert!(lines("a\n", "a\n").is_empty());
    }
}
