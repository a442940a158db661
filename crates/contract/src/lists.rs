//! Lists of a request, counted while they are read (see [`crate::shape`]).

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

use crate::object::Object;
use crate::shape::{Limit, add_element};

/// The limit of a list as a parameter of a type: 0 for as many as an import may have entries, else the number.
const fn limit(items: usize) -> Limit {
    match items {
        0 => Limit::ImportEntries,
        items => Limit::Items(items),
    }
}

pub(crate) fn texts<'de, const ITEMS: usize, D>(deserializer: D) -> Result<Vec<String>, D::Error>
where
    D: Deserializer<'de>,
{
    deserializer.deserialize_seq(Elements::<String, ITEMS>(PhantomData))
}

/// Some clients write null for a list they leave out.
pub(crate) fn texts_or_null<'de, const ITEMS: usize, D>(deserializer: D) -> Result<Vec<String>, D::Error>
where
    D: Deserializer<'de>,
{
    deserializer.deserialize_option(Elements::<String, ITEMS>(PhantomData))
}

pub(crate) fn objects<'de, const ITEMS: usize, T, D>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    let objects = deserializer.deserialize_seq(Elements::<Object<T>, ITEMS>(PhantomData))?;
    Ok(objects.into_iter().map(|object| object.0).collect())
}

pub(crate) fn objects_or_null<'de, const ITEMS: usize, T, D>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    let objects = deserializer.deserialize_option(Elements::<Object<T>, ITEMS>(PhantomData))?;
    Ok(objects.into_iter().map(|object| object.0).collect())
}

struct Elements<T, const ITEMS: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const ITEMS: usize> Visitor<'de> for Elements<T, ITEMS> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = list.next_element()? {
            if !add_element(limit(ITEMS), elements.len() + 1, size_of::<T>()) {
                return Err(A::Error::custom("a list has too many elements"));
            }
            elements.push(element);
        }
        Ok(elements)
    }

    fn visit_none<E>(self) -> Result<Vec<T>, E> {
        Ok(Vec::new())
    }

    fn visit_unit<E>(self) -> Result<Vec<T>, E> {
        Ok(Vec::new())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<T>, D::Error> {
        deserializer.deserialize_seq(self)
    }
}
