//! What was probably meant by a name that is unknown where it stands.

use strongroom_contract::shape::{Place, Shape};

/// Names that are less alike than this are not taken for each other.
const ALIKE: f64 = 0.5;
/// The same for a name of another place, where there are many.
const ALIKE_ELSEWHERE: f64 = 0.75;

/// A sentence for `name`, where `known` are the names that it could have had where it stands. `None` if it is like no name of
/// the request.
pub(super) fn for_name(
    name: &str,
    known: &[&'static str],
    request: &Shape,
    safeguards: &[&'static str],
    in_query: bool,
) -> Option<String> {
    if let Some(meant) = known.iter().find(|known| letters(known) == letters(name)) {
        return Some(format!("Write {meant}."));
    }
    let mut elsewhere = Vec::new();
    gather(request, "", &mut elsewhere);
    if in_query {
        elsewhere.extend(safeguards.iter().map(|name| (*name, "in the query".to_owned())));
    }
    if let Some((meant, place)) = elsewhere.iter().find(|(other, _)| letters(other) == letters(name)) {
        return Some(format!("It counts only {place}: write {meant} there."));
    }
    if let Some(meant) = closest(name, known.iter().copied(), ALIKE) {
        return Some(format!("Did you mean {meant}?"));
    }
    let names = elsewhere.iter().map(|(other, _)| *other);
    if let Some(meant) = closest(name, names, ALIKE_ELSEWHERE)
        && let Some((_, place)) = elsewhere.iter().find(|(other, _)| *other == meant)
    {
        return Some(format!("Did you mean {meant}? It counts only {place}."));
    }
    None
}

/// A sentence for a name that is like no other.
pub(super) fn for_place(known: &[&'static str]) -> String {
    // Options of a change may be members as well as parameters.
    let mut names: Vec<_> = known.to_vec();
    names.sort_unstable();
    names.dedup();
    match names.as_slice() {
        [] => "Leave it out: none is taken here.".to_owned(),
        names => format!("Known here: {}.", names.join(", ")),
    }
}

/// Every name of a request, with the place where it counts.
fn gather(shape: &Shape, inside: &str, all: &mut Vec<(&'static str, String)>) {
    for member in shape.members {
        let place = match (member.place, inside) {
            (Place::Path, _) => "in the path".to_owned(),
            (Place::Query, _) => "in the query".to_owned(),
            (Place::Header, _) => "in a header".to_owned(),
            (Place::Body | Place::WholeBody, "") => "at the top of the body".to_owned(),
            (Place::Body | Place::WholeBody, inside) => format!("inside {inside}"),
        };
        let is_whole = member.place == Place::WholeBody;
        if !is_whole {
            all.push((member.name, place));
        }
        if let Some(shape) = member.in_json {
            let inside = match (is_whole, inside) {
                (true, _) => String::new(),
                (false, "") => member.name.to_owned(),
                (false, inside) => format!("{inside}.{}", member.name),
            };
            gather(shape, &inside, all);
        }
    }
}

/// What is left of a name once its spelling is: `dryRun`, `dry-run` and `dry_run` are one.
fn letters(name: &str) -> String {
    name.chars()
        .filter(|letter| !matches!(letter, '-' | '_' | '.' | ' '))
        .flat_map(char::to_lowercase)
        .collect()
}

fn closest<'a>(name: &str, known: impl Iterator<Item = &'a str>, least: f64) -> Option<&'a str> {
    let likeness = |other: &str| strsim::normalized_damerau_levenshtein(&letters(name), &letters(other));
    let best = known.map(|other| (likeness(other), other)).max_by(|one, other| one.0.total_cmp(&other.0));
    best.filter(|(likeness, _)| *likeness > least).map(|(_, other)| other)
}
