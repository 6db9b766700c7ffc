//! Certificates as an administrator makes them, by the real `openssl`.
//!
//! Owns an authority and what it signs. Refuses to judge them: the daemon does.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::tool::OPENSSL;

/// Longer than any test runs.
const DAYS: &str = "2";

/// An authority in a folder.
pub struct Authority {
    folder: PathBuf,
    name: &'static str,
}

/// The files of a certificate and its key.
pub struct Signed {
    /// The certificate.
    pub certificate: PathBuf,
    /// Its key, for the owner's eyes only.
    pub key: PathBuf,
}

impl Authority {
    /// A new authority; its files lie in `folder` under `name`.
    #[must_use]
    pub fn new(folder: &Path, name: &'static str) -> Self {
        let authority = Self { folder: folder.to_owned(), name };
        let Signed { certificate, key } = authority.files(name);
        let subject = format!("/CN=Test authority {name}");
        let (key, certificate) = (key.display().to_string(), certificate.display().to_string());
        let mut arguments = vec!["req", "-x509", "-days", DAYS, "-subj", &subject];
        arguments.extend(["-out", &certificate, "-keyout", &key]);
        arguments.extend(NEW_KEY);
        OPENSSL.run(arguments, b"");
        authority
    }

    /// The certificate to trust.
    #[must_use]
    pub fn certificate(&self) -> PathBuf {
        self.files(self.name).certificate
    }

    /// Signs a certificate for an alternative name such as `DNS:broker.example` or `IP:127.0.0.1`.
    #[must_use]
    pub fn sign(&self, file: &str, alternative_name: &str) -> Signed {
        let signed = self.files(file);
        let authority = self.files(self.name);
        let request = self.folder.join(format!("{file}.request"));
        let extension = self.folder.join(format!("{file}.extension"));
        fs::write(&extension, format!("subjectAltName={alternative_name}\n")).expect("a small file");
        let path = |path: &Path| path.display().to_string();
        let (request, extension) = (path(&request), path(&extension));
        let (certificate, key) = (path(&signed.certificate), path(&signed.key));
        let (ca, ca_key) = (path(&authority.certificate), path(&authority.key));
        let subject = format!("/CN={file}");
        let mut arguments = vec!["req", "-subj", &subject, "-out", &request, "-keyout", &key];
        arguments.extend(NEW_KEY);
        OPENSSL.run(arguments, b"");
        let mut arguments = vec!["x509", "-req", "-days", DAYS, "-in", &request, "-out", &certificate];
        arguments.extend(["-CA", &ca, "-CAkey", &ca_key, "-CAcreateserial", "-extfile", &extension]);
        OPENSSL.run(arguments, b"");
        signed
    }

    fn files(&self, name: &str) -> Signed {
        let file = |ending| self.folder.join(format!("{name}.{ending}"));
        Signed { certificate: file("pem"), key: file("key") }
    }
}

/// A small key without a password.
const NEW_KEY: [&str; 5] = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
