//! The floors of the library: which room imports from which, read from its sources, re-exports resolved.
//!
//! A room is a module of the crate; in `kafka` and in `rpc` it is a module below. A room stands one floor above the
//! highest one that it imports from. Left out are the crate's front (`lib.rs`, `private.rs`), what stands in tests only,
//! and what a macro of the crate expands to elsewhere.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

use crate::sources::{Module, Written, read};

/// Rooms whose modules are rooms of their own.
const HOUSES: [&str; 2] = ["kafka", "rpc"];
/// Modules that see everything: the names for expansions, the guide's programs.
const FRONT: [&str; 2] = ["__private", "guide"];

/// The modules of a crate, by their paths.
pub struct Crate(BTreeMap<Vec<String>, Module>);

impl Crate {
    /// Reads the crate whose front is `lib.rs` in this folder.
    pub fn read(source: &Path) -> Self {
        let mut modules = BTreeMap::new();
        read(source, &source.join("lib.rs"), Vec::new(), &mut modules);
        Self(modules)
    }

    /// Every arrow from a room to another, with the places that draw it.
    pub fn arrows(&self) -> Arrows {
        let mut arrows = Arrows::new();
        for (at, module) in &self.0 {
            let Some(from) = room(at) else { continue };
            let private = module.imports.iter().filter(|import| !import.is_public);
            let imported = private.map(|import| &import.of);
            for written in imported.chain(&module.said) {
                let Some(path) = self.absolute(at, written, module) else {
                    continue;
                };
                let Some((owner, item)) = self.owner(&path, 0) else {
                    continue;
                };
                if let Some(to) = room(&owner)
                    && to != from
                {
                    let place = format!("{} says {}::{item}", at.join("/"), owner.join("::"));
                    arrows.entry((from.clone(), to)).or_default().insert(place);
                }
            }
        }
        arrows
    }

    /// The rooms that hold code.
    pub fn rooms(&self) -> BTreeSet<String> {
        let has_code = |(_, module): &(&Vec<String>, &Module)| !module.items.is_empty();
        let modules = self.0.iter().filter(has_code);
        modules.filter_map(|(path, _)| room(path)).collect()
    }

    /// How many methods each type has, those of traits left out: a name stands for one type in a room.
    pub fn methods(&self) -> BTreeMap<(String, String), usize> {
        let mut all = BTreeMap::new();
        for (at, module) in &self.0 {
            let Some(room) = room(at) else { continue };
            for (name, count) in &module.methods {
                *all.entry((room.clone(), name.clone())).or_default() += count;
            }
        }
        all
    }

    /// The modules that define a type or a trait of each name. Left out are the answers of the probes, which stand for the
    /// same in links and in methods, and the alias that shortens `Result` in a file.
    pub fn types(&self) -> BTreeMap<&str, Vec<String>> {
        let mut all = BTreeMap::<&str, Vec<String>>::new();
        for (at, module) in &self.0 {
            if at
                .iter()
                .any(|part| part == "probe" || FRONT.contains(&part.as_str()))
            {
                continue;
            }
            for name in module.types.iter().filter(|name| *name != "Result") {
                all.entry(name).or_default().push(at.join("::"));
            }
        }
        all
    }

    /// A written path from the crate's root; `None` for one of another crate.
    fn absolute(&self, at: &[String], written: &Written, module: &Module) -> Option<Vec<String>> {
        let (first, rest) = written.path.split_first()?;
        match first.as_str() {
            "crate" => Some(rest.to_vec()),
            "self" if written.depth == 0 => Some([at, rest].concat()),
            "super" => {
                let mut base = at.to_vec();
                let mut inner = written.depth;
                let mut path = &written.path[..];
                while let Some((word, left)) = path.split_first()
                    && word == "super"
                {
                    match inner.checked_sub(1) {
                        Some(less) => inner = less,
                        None => drop(base.pop()),
                    }
                    path = left;
                }
                Some([&base, path].concat())
            }
            _ => {
                let child = [at, std::slice::from_ref(first)].concat();
                if self.0.contains_key(&child) {
                    return Some([at, &written.path].concat());
                }
                let mut imports = module.imports.iter();
                let import = imports.find(|import| {
                    import.name == *first && import.of.path.first() != Some(first)
                })?;
                let base = self.absolute(at, &import.of, module)?;
                Some([&base, rest].concat())
            }
        }
    }

    /// The module that defines what a path names, and what that is; `None` for what is re-exported of another crate.
    fn owner(&self, path: &[String], followed: usize) -> Option<(Vec<String>, String)> {
        let mut depth = 0;
        while depth < path.len() && self.0.contains_key(&path[..=depth]) {
            depth += 1;
        }
        let (at, rest) = path.split_at(depth);
        let (at, module) = (at.to_vec(), self.0.get(at)?);
        let Some((name, left)) = rest.split_first() else {
            return Some((at, "*".to_owned()));
        };
        if module.items.contains(name) || followed > 8 {
            return Some((at, name.clone()));
        }
        for import in &module.imports {
            let next = |path: Vec<String>| self.owner(&[&path, left].concat(), followed + 1);
            if import.name == *name {
                return next(self.absolute(&at, &import.of, module)?);
            }
            if import.name == "*"
                && let Some(mut path) = self.absolute(&at, &import.of, module)
                && self
                    .0
                    .get(&path)
                    .is_some_and(|all| all.items.contains(name))
            {
                path.push(name.clone());
                return next(path);
            }
        }
        Some((at, name.clone()))
    }
}

/// From a room to another, and the places that draw the arrow.
type Arrows = BTreeMap<(String, String), BTreeSet<String>>;

/// The arrows of the shortest circle, with their places.
fn shortest_circle(rooms: &BTreeSet<String>, arrows: &Arrows) -> String {
    let circle_of = |start: &String| {
        let mut ways = VecDeque::from([vec![start.clone()]]);
        let mut seen = BTreeSet::new();
        while let Some(way) = ways.pop_front() {
            for (_, to) in arrows.keys().filter(|(from, _)| way.last() == Some(from)) {
                let longer = [&way[..], std::slice::from_ref(to)].concat();
                if to == start {
                    return Some(longer);
                }
                if seen.insert(to) {
                    ways.push_back(longer);
                }
            }
        }
        None
    };
    let circles = rooms.iter().filter_map(circle_of);
    let shortest = circles.min_by_key(Vec::len).unwrap_or_default();
    let steps = shortest.windows(2).map(|step| {
        let places = &arrows[&(step[0].clone(), step[1].clone())];
        format!("{} → {}: {places:#?}", step[0], step[1])
    });
    steps.collect::<Vec<String>>().join("\n")
}

/// The floor of every room, or the arrows of a circle.
pub fn floors(
    rooms: &BTreeSet<String>,
    arrows: &Arrows,
) -> Result<BTreeMap<String, usize>, String> {
    let mut floors: BTreeMap<String, usize> = BTreeMap::new();
    while floors.len() < rooms.len() {
        let below = |room: &String| {
            let mut highest = Some(0);
            for (_, to) in arrows.keys().filter(|(from, _)| from == room) {
                highest = highest.max(Some(floors.get(to)? + 1));
            }
            highest
        };
        let left = rooms.iter().filter(|room| !floors.contains_key(*room));
        let stand: Vec<(String, usize)> = left
            .filter_map(|room| Some((room.clone(), below(room)?)))
            .collect();
        if stand.is_empty() {
            return Err(shortest_circle(rooms, arrows));
        }
        floors.extend(stand);
    }
    Ok(floors)
}

fn room(path: &[String]) -> Option<String> {
    let first = path
        .first()
        .filter(|first| !FRONT.contains(&first.as_str()))?;
    match path.get(1) {
        Some(second) if HOUSES.contains(&first.as_str()) => Some(format!("{first}/{second}")),
        _ => Some(first.clone()),
    }
}
