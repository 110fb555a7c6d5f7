//! What every engine must do behind a `Store`: each test runs on SQLite and, where there is one, on PostgreSQL.

#[cfg(test)]
mod bundle;
#[cfg(test)]
mod certification;
#[cfg(test)]
mod child;
#[cfg(test)]
mod component;
mod connector;
#[cfg(test)]
mod countersigning;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod data_service;
#[cfg(test)]
mod demand;
#[cfg(test)]
mod disk;
#[cfg(test)]
mod dispute;
#[cfg(test)]
mod draft;
#[cfg(test)]
mod evidence;
#[cfg(test)]
mod feed;
#[cfg(test)]
mod glossary;
#[cfg(test)]
mod group;
#[cfg(test)]
mod harvest;
#[cfg(test)]
mod lineage;
#[cfg(test)]
mod listing;
#[cfg(test)]
mod log;
#[cfg(test)]
mod login;
#[cfg(test)]
mod metering;
#[cfg(test)]
mod numbers;
#[cfg(test)]
mod onward;
#[cfg(test)]
mod outbox;
#[cfg(test)]
mod payment;
#[cfg(test)]
mod performance;
#[cfg(test)]
mod person;
#[cfg(test)]
mod pipeline;
#[cfg(test)]
mod policy_record;
#[cfg(test)]
mod registration;
#[cfg(test)]
mod retention;
#[cfg(test)]
mod round;
#[cfg(test)]
mod run_log;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod stamp;
#[cfg(test)]
mod subscription;
mod template;
#[cfg(test)]
mod token;
#[cfg(test)]
mod transaction;
#[cfg(test)]
mod value;
#[cfg(test)]
mod version;
#[cfg(test)]
mod warning;
mod witness;
