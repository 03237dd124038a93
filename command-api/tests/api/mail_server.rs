//! A real SMTP conversation.

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// A mail server that keeps what it is given, and never answers about recipients whose names begin with "stuck".
pub(crate) struct MailServer {
    pub(crate) url: String,
    mails: mpsc::UnboundedReceiver<Mail>,
}

#[derive(Debug)]
pub(crate) struct Mail {
    pub(crate) to: String,
    pub(crate) text: String,
}

impl Mail {
    pub(crate) fn token(&self) -> &str {
        let (_, rest) = self.text.split_once("#token=").unwrap();
        rest.split_whitespace().next().unwrap()
    }
}

impl MailServer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let (sender, mails) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(receive(connection, sender.clone()));
            }
        });
        Self { url, mails }
    }

    pub(crate) async fn next(&mut self) -> Mail {
        let mail = tokio::time::timeout(std::time::Duration::from_secs(20), self.mails.recv());
        mail.await.expect("a mail comes").unwrap()
    }

    /// The next mails, by whom they are to, however they overtook each other.
    pub(crate) async fn next_two(&mut self) -> [Mail; 2] {
        let mut mails = [self.next().await, self.next().await];
        mails.sort_by(|a, b| a.to.cmp(&b.to));
        mails
    }

    /// Sees to it that no mail has come besides those that were taken, once everything asked for so far is done.
    pub(crate) fn is_empty(&mut self) {
        assert!(self.mails.try_recv().is_err(), "a mail nobody expected");
    }
}

async fn receive(connection: TcpStream, mails: mpsc::UnboundedSender<Mail>) -> Option<()> {
    let (reader, mut writer) = connection.into_split();
    let mut lines = BufReader::new(reader).lines();
    writer.write_all(b"220 test\r\n").await.ok()?;
    let mut to = String::new();
    while let Some(line) = lines.next_line().await.ok()? {
        let answer = match line.get(..4).unwrap_or_default() {
            "RCPT" => {
                to = line.split(['<', '>']).nth(1)?.to_owned();
                if to.starts_with("stuck") {
                    std::future::pending::<()>().await;
                }
                "250 fine"
            }
            "DATA" => {
                writer.write_all(b"354 go on\r\n").await.ok()?;
                let mut text = String::new();
                loop {
                    match lines.next_line().await.ok()?? {
                        line if line == "." => break,
                        // The end of a line that was broken for the transport.
                        line if line.ends_with('=') => text.push_str(&line[..line.len() - 1]),
                        line => text.extend([line.as_str(), "\n"]),
                    }
                }
                let text = text.replace("=3D", "=").replace("\r\n", "\n");
                mails.send(Mail { to: to.clone(), text }).ok()?;
                "250 kept"
            }
            "QUIT" => "221 bye",
            _ => "250 fine",
        };
        writer.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
    }
    Some(())
}
