//! One HTTP request over a connection of its own, plain or with TLS.

use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use http::response::Parts;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// Sends a request and reads the whole answer, at most `limit` bytes of it. With `tls`, the server must show a certificate for the name
/// beside it, a host's or an address. The request's URI is path and query alone, and its headers name the host.
///
/// # Errors
/// Why there is no answer.
pub async fn exchange(
    stream: TcpStream,
    tls: Option<(&Arc<ClientConfig>, &str)>,
    request: Request<Full<Bytes>>,
    limit: usize,
) -> Result<(Parts, Bytes), String> {
    let Some((config, host)) = tls else { return send(stream, request, limit).await };
    let name = ServerName::try_from(host.to_owned()).map_err(text)?;
    let secured = TlsConnector::from(Arc::clone(config)).connect(name, stream).await.map_err(text)?;
    send(secured, request, limit).await
}

async fn send<S>(stream: S, request: Request<Full<Bytes>>, limit: usize) -> Result<(Parts, Bytes), String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(text)?;
    let driving = tokio::spawn(connection);
    let answer = async {
        let (head, body) = sender.send_request(request).await.map_err(text)?.into_parts();
        let body = Limited::new(body, limit).collect().await.map_err(text)?;
        Ok((head, body.to_bytes()))
    };
    let answer = answer.await;
    driving.abort();
    answer
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use openssl::asn1::Asn1Time;
    use openssl::bn::BigNum;
    use openssl::hash::MessageDigest;
    use openssl::pkey::PKey;
    use openssl::rsa::Rsa;
    use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
    use openssl::x509::{X509, X509Name};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio_rustls::TlsAcceptor;

    use super::*;
    use crate::config::Props;
    use crate::net::tls;

    /// Private key and self-signed certificate of a host, as PEM.
    fn identity(host: &str) -> (String, String) {
        let key = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
        let mut name = X509Name::builder().unwrap();
        name.append_entry_by_text("CN", host).unwrap();
        let name = name.build();
        let mut certificate = X509::builder().unwrap();
        certificate.set_version(2).unwrap();
        certificate.set_serial_number(&BigNum::from_u32(1).unwrap().to_asn1_integer().unwrap()).unwrap();
        certificate.set_subject_name(&name).unwrap();
        certificate.set_issuer_name(&name).unwrap();
        certificate.set_pubkey(&key).unwrap();
        certificate.set_not_before(&Asn1Time::days_from_now(0).unwrap()).unwrap();
        certificate.set_not_after(&Asn1Time::days_from_now(2).unwrap()).unwrap();
        let names = SubjectAlternativeName::new().dns(host).build(&certificate.x509v3_context(None, None)).unwrap();
        certificate.append_extension(names).unwrap();
        certificate.append_extension(BasicConstraints::new().build().unwrap()).unwrap();
        certificate.sign(&key, MessageDigest::sha256()).unwrap();
        let pem = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (pem(key.private_key_to_pem_pkcs8().unwrap()), pem(certificate.build().to_pem().unwrap()))
    }

    fn keys((key, certificate): &(String, String), trusted: &str, more: &[(&str, &str)]) -> Props {
        let own = [
            ("ssl.keystore.key", key.as_str()),
            ("ssl.keystore.certificate.chain", certificate),
            ("ssl.truststore.certificates", trusted),
            ("ssl.client.auth", "required"),
        ];
        let all = own.iter().chain(more);
        all.map(|(key, value)| (format!("listeners.https.{key}"), (*value).to_owned())).collect()
    }

    /// What a worker with these keys hears from one with the others, which it knows by that name.
    async fn ask(server: &Props, client: &Props, name: &str) -> Result<StatusCode, String> {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let acceptor = TlsAcceptor::from(tls::server_config(server, "listeners.https.").unwrap());
        let serving = tokio::spawn(async move {
            let (stream, _) = socket.accept().await.unwrap();
            let Ok(mut secured) = acceptor.accept(stream).await else { return };
            let mut request = [0; 1024];
            if secured.read(&mut request).await.is_ok_and(|length| length > 0) {
                secured.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
            }
        });
        let request = Request::get("/").header("host", name).body(Full::default()).unwrap();
        let config = tls::peer_config(client).unwrap();
        let stream = TcpStream::connect(address).await.unwrap();
        let answer = exchange(stream, Some((&config, name)), request, 100).await;
        serving.await.unwrap();
        answer.map(|(head, _)| head.status)
    }

    #[tokio::test]
    async fn workers_know_each_other_by_certificate_and_name() {
        let (one, other, stranger) = (identity("one.example"), identity("other.example"), identity("one.example"));
        let trusted = format!("{}{}", one.1, other.1);
        let (server, client) = (keys(&one, &trusted, &[]), keys(&other, &trusted, &[]));
        assert_eq!(ask(&server, &client, "one.example").await, Ok(StatusCode::NO_CONTENT));
        let wrong_name = ask(&server, &client, "other.example").await.unwrap_err();
        assert!(wrong_name.contains("not valid for name"), "{wrong_name}");
        let any_name = keys(&other, &trusted, &[("ssl.endpoint.identification.algorithm", "")]);
        assert_eq!(ask(&server, &any_name, "other.example").await, Ok(StatusCode::NO_CONTENT));
        ask(&keys(&stranger, &trusted, &[]), &any_name, "one.example").await.unwrap_err();
        ask(&server, &keys(&stranger, &trusted, &[]), "one.example").await.unwrap_err();
    }
}
