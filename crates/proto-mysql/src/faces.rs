//! What servers look like: their version and what they can, by whom they were last used.
//!
//! A server says this before a client says where it wants to go, so that the gateway has to know it in advance: from the resource, when
//! another transport has named it, else from what this address used last, else from what anybody used last.

use std::{
    collections::{HashMap, VecDeque},
    net::IpAddr,
};

use parking_lot::Mutex;

use crate::wire::{Capabilities, Greeting, capability, extended};

/// How many addresses and resources are remembered.
const MOST: usize = 1024;

/// What a client sees of a server before the login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Face {
    pub(crate) version: String,
    pub(crate) capabilities: Capabilities,
    pub(crate) extended: u32,
    pub(crate) charset: u8,
}

impl Default for Face {
    /// What every server since MySQL 5.7 and MariaDB 10.2 can.
    fn default() -> Self {
        Self {
            version: "8.0.11-doorward".to_owned(),
            capabilities: capability::MYSQL
                | (capability::SHARED & !capability::QUERY_ATTRIBUTES)
                | capability::LOGIN,
            extended: 0,
            charset: 45,
        }
    }
}

impl Face {
    /// Takes it from a server's greeting.
    pub(crate) fn of(greeting: &Greeting) -> Self {
        Self {
            version: greeting.version.clone(),
            capabilities: (greeting.capabilities & (capability::SHARED | capability::MYSQL))
                | capability::LOGIN,
            extended: greeting.extended & extended::SHARED,
            charset: greeting.charset,
        }
    }
}

/// By whom a server was used.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum User {
    /// Whoever came from this address.
    Address(IpAddr),
    /// Whoever wanted this resource.
    Resource(String),
    /// Anybody.
    Anybody,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Faces {
    seen: Mutex<(HashMap<User, Face>, VecDeque<User>)>,
}

impl Faces {
    /// Gives the face that the first of these knows.
    pub(crate) fn find(&self, users: &[User]) -> Face {
        let seen = self.seen.lock();
        let found = users.iter().find_map(|user| seen.0.get(user));
        found.cloned().unwrap_or_default()
    }

    /// Remembers a face for all of these.
    pub(crate) fn remember(&self, users: &[User], face: &Face) {
        let mut seen = self.seen.lock();
        let (faces, order) = &mut *seen;
        for user in users {
            if faces.insert(user.clone(), face.clone()).is_none() {
                order.push_back(user.clone());
            }
        }
        while order.len() > MOST {
            if let Some(oldest) = order.pop_front() {
                faces.remove(&oldest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(version: &str) -> Face {
        Face {
            version: version.to_owned(),
            ..Face::default()
        }
    }

    #[test]
    fn a_caller_sees_what_it_used_last() {
        let faces = Faces::default();
        let [a, b] = [1, 2].map(|last| User::Address([127, 0, 0, last].into()));
        assert_eq!(faces.find(std::slice::from_ref(&a)), Face::default());
        faces.remember(&[a.clone(), User::Anybody], &face("1"));
        faces.remember(&[b, User::Anybody], &face("2"));
        assert_eq!(faces.find(&[a, User::Anybody]).version, "1");
        assert_eq!(
            faces.find(&[User::Address([1; 4].into()), User::Anybody]).version,
            "2"
        );
    }

    #[test]
    fn the_number_of_faces_is_bounded() {
        let faces = Faces::default();
        for number in 0..3000_u32 {
            faces.remember(
                &[User::Address(std::net::Ipv4Addr::from(number).into())],
                &face("x"),
            );
        }
        assert!(faces.seen.lock().0.len() <= MOST);
    }
}
