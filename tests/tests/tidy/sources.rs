//! The sources of a crate, module by module: what each defines, imports and says.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use syn::visit::Visit;

/// A path as it is written, and how deep in modules inside its file.
pub struct Written {
    pub path: Vec<String>,
    pub depth: usize,
}

/// A name that a module has by a `use`.
pub struct Import {
    pub name: String,
    pub of: Written,
    pub is_public: bool,
}

/// One file.
#[derive(Default)]
pub struct Module {
    pub imports: Vec<Import>,
    /// Paths in its code.
    pub said: Vec<Written>,
    /// What it defines.
    pub items: BTreeSet<String>,
    /// Those of them that are types or traits.
    pub types: BTreeSet<String>,
    /// How many methods it gives to which type, those of traits left out.
    pub methods: BTreeMap<String, usize>,
    /// How deep the visit is in modules inside the file.
    pub depth: usize,
}

pub fn read(
    source: &Path,
    file: &Path,
    path: Vec<String>,
    into: &mut BTreeMap<Vec<String>, Module>,
) {
    let text =
        fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let parsed =
        syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    for item in &parsed.items {
        let syn::Item::Mod(module) = item else {
            continue;
        };
        if module.content.is_some() || is_for_tests(&module.attrs) {
            continue;
        }
        let name = module.ident.to_string();
        let child = [&path[..], std::slice::from_ref(&name)].concat();
        let below = match name.as_str() {
            "__private" => source.join("private.rs"),
            _ => source.join(format!("{}.rs", child.join("/"))),
        };
        read(source, &below, child, into);
    }
    let mut module = Module::default();
    module.visit_file(&parsed);
    into.insert(path, module);
}

fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let list = attribute.meta.require_list();
        attribute.path().is_ident("cfg") && list.is_ok_and(|list| list.tokens.to_string() == "test")
    })
}

impl<'ast> Visit<'ast> for Module {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let (attributes, name) = match item {
            syn::Item::Const(item) => (&item.attrs, Some(&item.ident)),
            syn::Item::Enum(item) => (&item.attrs, Some(&item.ident)),
            syn::Item::Fn(item) => (&item.attrs, Some(&item.sig.ident)),
            syn::Item::Macro(item) => (&item.attrs, item.ident.as_ref()),
            syn::Item::Static(item) => (&item.attrs, Some(&item.ident)),
            syn::Item::Struct(item) => (&item.attrs, Some(&item.ident)),
            syn::Item::Trait(item) => (&item.attrs, Some(&item.ident)),
            syn::Item::Type(item) => (&item.attrs, Some(&item.ident)),
            syn::Item::Impl(item) => (&item.attrs, None),
            syn::Item::Use(item) => (&item.attrs, None),
            syn::Item::Mod(item) => (&item.attrs, None),
            _ => return syn::visit::visit_item(self, item),
        };
        if is_for_tests(attributes) {
            return;
        }
        if self.depth == 0 {
            self.items.extend(name.map(ToString::to_string));
            let is_type = matches!(
                item,
                syn::Item::Enum(_)
                    | syn::Item::Struct(_)
                    | syn::Item::Trait(_)
                    | syn::Item::Type(_)
            );
            self.types
                .extend(name.filter(|_| is_type).map(ToString::to_string));
        }
        // What a macro of the crate writes stands where it is used.
        if !matches!(item, syn::Item::Macro(definition) if definition.ident.is_some()) {
            syn::visit::visit_item(self, item);
        }
    }

    fn visit_item_impl(&mut self, given: &'ast syn::ItemImpl) {
        if let (None, syn::Type::Path(of)) = (&given.trait_, &*given.self_ty)
            && let Some(last) = of.path.segments.last()
        {
            let is_method = |item: &&syn::ImplItem| matches!(item, syn::ImplItem::Fn(method) if !is_for_tests(&method.attrs));
            let count = given.items.iter().filter(is_method).count();
            *self.methods.entry(last.ident.to_string()).or_default() += count;
        }
        syn::visit::visit_item_impl(self, given);
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        self.depth += 1;
        syn::visit::visit_item_mod(self, module);
        self.depth -= 1;
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let is_public = !matches!(item.vis, syn::Visibility::Inherited);
        self.take_tree(&item.tree, &mut Vec::new(), is_public);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let path_of = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string());
        let written: Vec<String> = path_of.collect();
        if written.len() > 1 {
            self.said.push(Written {
                path: written,
                depth: self.depth,
            });
        }
        syn::visit::visit_path(self, path);
    }

    /// What is given to a macro is no syntax tree: its paths are read from its words.
    fn visit_macro(&mut self, given: &'ast syn::Macro) {
        let text = given.tokens.to_string().replace(" :: ", "::");
        let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
        let words = text
            .split(|c| !is_name(c))
            .filter(|word| word.contains("::"));
        for word in words {
            let path: Vec<String> = word.split("::").map(ToOwned::to_owned).collect();
            if path.iter().all(|segment| !segment.is_empty()) {
                let depth = self.depth;
                self.said.push(Written { path, depth });
            }
        }
        syn::visit::visit_macro(self, given);
    }
}

impl Module {
    fn take_tree(&mut self, tree: &syn::UseTree, prefix: &mut Vec<String>, is_public: bool) {
        let (last, name) = match tree {
            syn::UseTree::Path(path) => {
                prefix.push(path.ident.to_string());
                self.take_tree(&path.tree, prefix, is_public);
                prefix.pop();
                return;
            }
            syn::UseTree::Group(group) => {
                for tree in &group.items {
                    self.take_tree(tree, prefix, is_public);
                }
                return;
            }
            syn::UseTree::Name(name) => (name.ident.to_string(), name.ident.to_string()),
            syn::UseTree::Rename(rename) => (rename.ident.to_string(), rename.rename.to_string()),
            syn::UseTree::Glob(_) => (String::new(), "*".to_owned()),
        };
        let mut path = prefix.clone();
        let name = match last.as_str() {
            // `use a::b::{self}` is `b`.
            "self" => path.last().cloned().unwrap_or_default(),
            "" => name,
            _ => {
                path.push(last);
                name
            }
        };
        let of = Written {
            path,
            depth: self.depth,
        };
        self.imports.push(Import {
            name,
            of,
            is_public,
        });
    }
}
