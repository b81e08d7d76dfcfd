//! The study document and the results record.
//!
//! A study says what is asked, of which anatomy, under which physics; it is data and knows no solver. The record holds
//! what a run of it computed.

pub mod record;
