//! Prints the table of permissions, for `cargo xtask docs`.

#![expect(clippy::print_stdout, reason = "it is there to print")]

fn main() -> Result<(), xinyu_access::AccessError> {
    println!("{}", xinyu_access::table::markdown()?);
    Ok(())
}
