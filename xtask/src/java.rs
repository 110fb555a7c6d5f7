//! Programs of other makers that we test against, which happen to be Java: the official kits and EDC. What each needs stands in
//! `xtask/java/<name>/pom.xml`; Maven brings its jars into the target folder once, and again only when that file changes.
//!
//! `XINYU_JAVA` names a folder with ready folders of jars by the same names, for a machine that Maven cannot serve.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use crate::command::on_path;
use crate::project::{self, Project};

/// Where the poms stand, and beside them our own few lines of Java.
const SOURCES: &str = "xtask/java";
/// What EDC has no setting for, as extensions that it finds on its classpath.
const EXTENSIONS: &[(&str, &[&str])] = &[("edc-dcp", &["Claims", "Loopback"]), ("edc", &["Keys", "Loopback"])];
/// How EDC finds an extension.
const SERVICE: &str = "META-INF/services/org.eclipse.edc.spi.system.ServiceExtension";

/// `cargo xtask java NAME`: brings a program and prints its classpath.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let Some(name) = arguments.first() else {
        bail!("which? There are: {}", names()?.join(", "));
    };
    println!("{}", classpath(name)?);
    Ok(())
}

/// What stands behind `java -cp`: every jar of a program and, for EDC, our extensions.
pub(crate) fn classpath(name: &str) -> anyhow::Result<String> {
    let jars = fetch(name)?;
    let all = format!("{}/*", jars.display());
    if !name.starts_with("edc") {
        return Ok(all);
    }
    let classes = extensions(name, &all)?;
    Ok(format!("{}:{all}", classes.display()))
}

/// The folder with a program's jars. The first call takes as long as the network does, the next none.
pub(crate) fn fetch(name: &str) -> anyhow::Result<PathBuf> {
    let pom = project::root().join(SOURCES).join(name).join("pom.xml");
    let wanted = std::fs::read_to_string(&pom)
        .with_context(|| format!("there is no Java program {name}: {} cannot be read", pom.display()))?;
    if let Some(ready) = std::env::var_os("XINYU_JAVA").map(|folder| Path::new(&folder).join(name))
        && ready.is_dir()
    {
        return Ok(ready);
    }
    let folder = target()?.join(name);
    once(&folder, &wanted, |part| maven(name, &pom, part))?;
    Ok(folder)
}

/// Compiles our extensions against EDC's jars.
fn extensions(name: &str, jars: &str) -> anyhow::Result<PathBuf> {
    need("javac", "default-jdk-headless")?;
    let known = EXTENSIONS.iter().find(|(program, _)| name.starts_with(program));
    let classes = known.map_or(&[][..], |(_, classes)| *classes);
    let source = |class: &&str| project::root().join(SOURCES).join("extension").join(class).with_extension("java");
    let sources: Vec<PathBuf> = classes.iter().map(source).collect();
    let mut wanted = jars.to_owned();
    for source in &sources {
        wanted.push_str(
            &std::fs::read_to_string(source).with_context(|| format!("{} cannot be read", source.display()))?,
        );
    }
    let folder = target()?.join(format!("{name}-extension"));
    once(&folder, &wanted, |part| {
        let mut javac = Command::new("javac");
        javac.args(["--release", "17", "-proc:none", "-cp", jars, "-d"]).arg(part).args(&sources);
        project::output(&mut javac).context("our extensions of EDC do not compile")?;
        let service = part.join(SERVICE);
        service.parent().map_or(Ok(()), std::fs::create_dir_all)?;
        std::fs::write(&service, classes.join("\n"))?;
        Ok(())
    })?;
    Ok(folder)
}

/// Asks Maven for a pom's jars. Its complaint is long and repeats itself; the first line of it says what is wrong.
fn maven(name: &str, pom: &Path, folder: &Path) -> anyhow::Result<()> {
    need("java", "default-jdk-headless")?;
    need("mvn", "maven")?;
    eprintln!("{name}: Maven brings the jars");
    let mut maven = Command::new("mvn");
    // What was not to be had an hour ago is asked for again.
    maven.args(["--batch-mode", "--quiet", "--update-snapshots", "--file"]).arg(pom);
    maven.args(["dependency:copy-dependencies", "-DincludeScope=runtime"]);
    maven.arg(format!("-DoutputDirectory={}", folder.display()));
    let result = maven.output().context("mvn does not start")?;
    if !result.status.success() {
        let printed = String::from_utf8_lossy(&result.stdout);
        let mut complaints =
            printed.lines().filter_map(|line| line.split_once("[ERROR] ")).map(|(_, said)| said.trim());
        let complaint = complaints.find(|line| !line.is_empty()).unwrap_or("it does not say why");
        bail!("the jars of {name} cannot be had from Maven: {complaint}");
    }
    Ok(())
}

/// Makes a folder's content unless it was made for the same wish before. It appears at once, with a stamp beside it.
fn once(folder: &Path, wanted: &str, make: impl FnOnce(&Path) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let stamp = folder.with_extension("stamp");
    if folder.is_dir() && std::fs::read_to_string(&stamp).is_ok_and(|made| made == wanted) {
        return Ok(());
    }
    let part = folder.with_extension("part");
    for old in [folder, part.as_path()] {
        let _ = std::fs::remove_dir_all(old);
    }
    std::fs::create_dir_all(&part).with_context(|| format!("{} cannot be made", part.display()))?;
    if let Err(error) = make(&part) {
        let _ = std::fs::remove_dir_all(&part);
        return Err(error);
    }
    std::fs::rename(&part, folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    std::fs::write(&stamp, wanted).with_context(|| format!("{} cannot be written", stamp.display()))
}

/// The program is on the path, or we say which of Debian's packages brings it.
pub(crate) fn need(program: &str, package: &str) -> anyhow::Result<()> {
    if !on_path(program) {
        bail!("{program} is missing; on Debian: apt-get install {package}");
    }
    Ok(())
}

/// The folder for everything Java, under cargo's own.
pub(crate) fn target() -> anyhow::Result<PathBuf> {
    Ok(project::target(&Project::read()?.metadata).join("java"))
}

/// What there is a pom for.
fn names() -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(project::root().join(SOURCES))? {
        let path = entry?.path();
        if path.join("pom.xml").is_file() {
            names.extend(path.file_name().map(|name| name.to_string_lossy().into_owned()));
        }
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::{names, once};

    #[test]
    fn a_folder_is_made_once_for_a_wish() {
        let root = std::env::temp_dir().join(format!("xinyu-java-{}", std::process::id()));
        let folder = root.join("kit");
        let made = |wanted: &str, content: &str| {
            once(&folder, wanted, |part| Ok(std::fs::write(part.join("a"), content)?)).unwrap();
            std::fs::read_to_string(folder.join("a")).unwrap()
        };
        assert_eq!(made("pom 1", "first"), "first");
        assert_eq!(made("pom 1", "second"), "first");
        assert_eq!(made("pom 2", "third"), "third");
        assert!(once(&folder, "pom 3", |_| anyhow::bail!("no network")).is_err());
        assert_eq!(made("pom 3", "fourth"), "fourth");
        std::fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn every_program_has_a_name() {
        assert_eq!(names().unwrap(), ["dcp-tck", "dps-tck", "dsp-tck", "edc", "edc-dcp", "edc-tck", "kafka"]);
    }
}
