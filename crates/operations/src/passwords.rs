//! Passwords nobody can guess.

mod generate_random_password;
