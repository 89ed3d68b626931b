//! TLS before a port of the loopback, with an authority of its own.

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use std::sync::Arc;
use std::sync::mpsc::channel;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// What stands before the port.
pub struct Front {
    pub port: u16,
    /// Who vouches for it, as a file.
    pub authority: String,
}

impl Front {
    /// Starts it, for `localhost`, and for a client that speaks this.
    pub fn before(behind: u16, speaks: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = params.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(params, key);
        let own = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(["localhost".to_owned()]).unwrap().signed_by(&own, &issuer).unwrap();
        let own = PrivateKeyDer::try_from(own.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let mut config = config.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], own).unwrap();
        config.alpn_protocols = vec![speaks.as_bytes().to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let (tell, hear) = channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                tell.send(listener.local_addr().unwrap().port()).unwrap();
                while let Ok((stream, _)) = listener.accept().await {
                    let acceptor = acceptor.clone();
                    tokio::spawn(async move {
                        // Whoever does not trust it leaves here.
                        if let Ok(mut inside) = acceptor.accept(stream).await
                            && let Ok(mut behind) = TcpStream::connect(("127.0.0.1", behind)).await
                        {
                            let _ = copy_bidirectional(&mut inside, &mut behind).await;
                        }
                    });
                }
            });
        });
        Self { port: hear.recv().unwrap(), authority }
    }
}
