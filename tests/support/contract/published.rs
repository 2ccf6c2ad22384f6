//! Fetches the packages in which GitHub's description of itself is published, once per machine.
//!
//! Tests run side by side in many processes, so the first one to come takes a lock, fetches, reduces and renames the
//! finished folder into place; the others wait for the lock and find it there. A run that dies half way leaves no
//! folder behind that looks finished.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{ContractError, graphql_types, reduced};

/// A package, pinned to its bytes, and the one file in it that we read.
struct Package {
    name: &'static str,
    version: &'static str,
    /// What npm calls integrity: the hash of the tarball, as the registry states it.
    integrity: &'static str,
    file: &'static str,
}

/// GitHub's REST API, as an OpenAPI 3.0 document.
const REST: Package = Package {
    name: "@octokit/openapi",
    version: "23.0.2",
    integrity: "sha512-pV8M7L9GY23AybNvTmo2nyjmpmnt6+2sRE/tqr0ZLQcPS4lnw7u5eZGNmwRNkBC3D7gZXbFx5AHzLUVRBXGDhg==",
    file: "package/generated/api.github.com.json",
};

/// GitHub's webhooks, as an OpenAPI 3.1 document. Preferred to `@octokit/webhooks-schemas`, which is older, knows fewer
/// events and refuses fields that GitHub has added since.
const WEBHOOKS: Package = Package {
    name: "@octokit/openapi-webhooks",
    version: "12.1.0",
    integrity: "sha512-Z5eDsLCUNbx1zHpZb1LNQirADqdMTvWJQ/deahi0ws+tWWnwHXB+Pr4jfmM9OrETS9Y5iW8ZRu1fdbudObhLrg==",
    file: "package/generated/api.github.com.json",
};

/// Recorded payloads, several for most events.
const EXAMPLES: Package = Package {
    name: "@octokit/webhooks-examples",
    version: "7.6.1",
    integrity: "sha512-De6U3XB6O3DtCa7bKgCMzTHdeopqqZ6SNivMYJnK65ierKL1AnNIA0tkRYCRS7lwGT792d+Ps1WbfHlso6MynQ==",
    file: "package/api.github.com/index.json",
};

/// GitHub's GraphQL API, as the answer to GraphQL's own question for a schema.
const GRAPHQL: Package = Package {
    name: "@octokit/graphql-schema",
    version: "15.26.1",
    integrity: "sha512-RFDC2MpRBd4AxSRvUeBIVeBU7ojN/SxDfALUd7iVYOSeEK3gZaqR2MGOysj4Zh2xj2RY5fQAUT+Oqq7hWTraMA==",
    file: "package/schema.json",
};

/// npm by itself goes on for over a minute where there is no network, and every test process would wait that long anew.
/// Two more tries within seconds get over a hiccup; a minute, in milliseconds, is plenty for 30 MB to begin to arrive.
const PATIENCE: [&str; 4] = [
    "--fetch-retries=2",
    "--fetch-retry-mintimeout=1000",
    "--fetch-retry-maxtimeout=5000",
    "--fetch-timeout=60000",
];

const PACKAGES: [&Package; 4] = [&REST, &WEBHOOKS, &EXAMPLES, &GRAPHQL];

/// The folder with the reduced contract, after making sure that it is there.
pub fn folder() -> Result<PathBuf, ContractError> {
    let home = home();
    let finished = home.join(name_of_this_form());
    if finished.is_dir() {
        return Ok(finished);
    }
    fs::create_dir_all(&home).map_err(at(&home))?;
    let lock_path = home.join("lock");
    let lock = File::create(&lock_path).map_err(at(&lock_path))?;
    lock.lock().map_err(at(&lock_path))?;
    if !finished.is_dir() {
        prepare(&home, &finished)?;
    }
    Ok(finished)
}

/// Inside cargo's target folder, whichever that is, so that `cargo clean` forgets it.
fn home() -> PathBuf {
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
    scratch.parent().unwrap_or(scratch).join("contract")
}

/// Names what the folder was made from, the code that made it included: another pin, or another way to reduce, is
/// another folder, and nobody has to remember to raise a version.
fn name_of_this_form() -> String {
    let mut hasher = DefaultHasher::new();
    [
        include_str!("reduced.rs"),
        include_str!("openapi.rs"),
        include_str!("graphql_types.rs"),
    ]
    .hash(&mut hasher);
    PACKAGES.map(|package| package.integrity).hash(&mut hasher);
    format!("{}-{:016x}", REST.version, hasher.finish())
}

fn prepare(home: &Path, finished: &Path) -> Result<(), ContractError> {
    let making = home.join("making");
    if making.exists() {
        fs::remove_dir_all(&making).map_err(at(&making))?;
    }
    let packed = making.join("packages");
    fs::create_dir_all(&packed).map_err(at(&packed))?;
    fetch(&packed)?;
    let [rest, webhooks, examples] = [
        unpack(&REST, &packed)?,
        unpack(&WEBHOOKS, &packed)?,
        unpack(&EXAMPLES, &packed)?,
    ];
    let reduced = making.join("reduced");
    reduced::write(&rest, &webhooks, &examples, &reduced)?;
    graphql_types::write(&unpack(&GRAPHQL, &packed)?, &reduced)?;
    fs::rename(&reduced, finished).map_err(at(finished))?;
    fs::remove_dir_all(&making).map_err(at(&making))
}

/// `npm pack` only downloads: it installs nothing and runs no script of a package.
fn fetch(into: &Path) -> Result<(), ContractError> {
    let wanted = PACKAGES.map(|package| format!("{}@{}", package.name, package.version));
    let output = Command::new("npm")
        .args(["pack", "--json", "--ignore-scripts", "--pack-destination", "."])
        .args(PATIENCE)
        .args(wanted)
        .current_dir(into)
        .output()
        .map_err(ContractError::NoNpm)?;
    if !output.status.success() {
        return Err(ContractError::NotFetched(
            String::from_utf8_lossy(&output.stderr).into_owned(),
        ));
    }
    let packed: Vec<Packed> = serde_json::from_slice(&output.stdout).map_err(|source| ContractError::Json {
        path: PathBuf::from("the output of `npm pack --json`"),
        source,
    })?;
    PACKAGES.into_iter().try_for_each(|package| package.compare(&packed))
}

/// What `npm pack --json` says about one tarball that it wrote.
#[derive(serde::Deserialize)]
struct Packed {
    name: String,
    integrity: String,
}

impl Package {
    fn compare(&self, packed: &[Packed]) -> Result<(), ContractError> {
        let got = packed
            .iter()
            .find(|packed| packed.name == self.name)
            .map(|packed| packed.integrity.clone());
        if got.as_deref() == Some(self.integrity) {
            return Ok(());
        }
        let got = got.unwrap_or_else(|| "nothing".to_owned());
        Err(ContractError::NotThePinnedBytes {
            package: self.name.to_owned(),
            expected: self.integrity,
            got,
        })
    }

    /// The file name npm gives the tarball of a scoped package: `@octokit/openapi` 1.2.3 is `octokit-openapi-1.2.3.tgz`.
    fn tarball(&self) -> String {
        format!(
            "{}-{}.tgz",
            self.name.trim_start_matches('@').replace('/', "-"),
            self.version
        )
    }
}

/// Unpacks the one file we read, and no other: the REST package holds 400 MB of variants.
fn unpack(package: &Package, packed: &Path) -> Result<PathBuf, ContractError> {
    let into = packed.join(package.name.replace('/', "-"));
    fs::create_dir_all(&into).map_err(at(&into))?;
    let output = Command::new("tar")
        .arg("-xzf")
        .arg(packed.join(package.tarball()))
        .arg("-C")
        .arg(&into)
        .arg(package.file)
        .output();
    match output {
        Ok(output) if output.status.success() => Ok(into.join(package.file)),
        Ok(output) => Err(ContractError::NotUnpacked {
            package: package.name,
            said: String::from_utf8_lossy(&output.stderr).into_owned(),
        }),
        Err(error) => Err(ContractError::NotUnpacked {
            package: package.name,
            said: error.to_string(),
        }),
    }
}

fn at(path: &Path) -> impl FnOnce(std::io::Error) -> ContractError {
    let path = path.to_owned();
    move |source| ContractError::File { path, source }
}
