//! MQTT 3.1.1: a subscription for a while, in a session that is gone with the connection. The packets are rumqttc's; the connection is ours, since it must
//! pass the egress guard. QoS 0: what is not acknowledged changes nothing on the server.

use bytes::BytesMut;
use rumqttc::mqttbytes::v4::{Connect, ConnectReturnCode, Packet, Subscribe, SubscribeReasonCode};
use rumqttc::mqttbytes::{Error, QoS};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::{Instant, timeout, timeout_at};
use xinyu_http::EgressPolicy;
use xinyu_protocol::text::Text;

use super::address::Address;
use super::wire::{self, WAIT, Wire};
use super::{Records, SourceError};

/// The longest packet.
const PACKET_MAX: usize = 16 << 20;
/// Longer than a stretch and a bit, so that nothing need be said to be there still.
const KEEP_ALIVE_SECONDS: u16 = 900;

/// Takes what comes; what stretch that is.
pub(super) async fn read(address: &Address, egress: &EgressPolicy, records: &mut Records) -> Result<Text, SourceError> {
    let wire = wire::connect(&address.host, address.port, address.is_encrypted, egress).await?;
    let mut talk = Talk { wire, read: BytesMut::new() };
    timeout(WAIT, talk.subscribe(address, records)).await.map_err(|_| wire::late())??;
    let end = Instant::now() + address.time;
    while records.count() < address.messages {
        match timeout_at(end, talk.packet()).await {
            Ok(packet) => take(&packet?, records)?,
            Err(_) => break,
        }
    }
    // Who has gone already need not be told.
    let _ = talk.say(&Packet::Disconnect).await;
    let (seconds, count) = (address.time.as_secs(), records.count());
    Ok(Text::new(
        format!("这是 {seconds} 秒之内收到的 {count} 条消息（保留消息在先），不是主题的全部"),
        format!("these are the {count} messages of {seconds} seconds, retained ones first, and not all of the topic"),
    ))
}

fn take(packet: &Packet, records: &mut Records) -> Result<(), SourceError> {
    match packet {
        Packet::Publish(message) => records.take(&message.payload),
        _ => Ok(()),
    }
}

struct Talk {
    wire: Wire,
    /// What came and was not taken.
    read: BytesMut,
}

impl Talk {
    async fn subscribe(&mut self, address: &Address, records: &mut Records) -> Result<(), SourceError> {
        let mut name = [0_u8; 8];
        getrandom::fill(&mut name).map_err(|_| SourceError::Interrupted)?;
        let mut connect = Connect::new(format!("xinyu-{}", hex::encode(name)));
        connect.keep_alive = KEEP_ALIVE_SECONDS;
        if let Some((user, password)) = &address.login {
            connect.set_login(user, password);
        }
        self.say(&Packet::Connect(connect)).await?;
        match self.packet().await? {
            Packet::ConnAck(answer) => match answer.code {
                ConnectReturnCode::Success => {}
                ConnectReturnCode::BadUserNamePassword | ConnectReturnCode::NotAuthorized => return Err(wire::denied()),
                _ => return Err(wire::broken()),
            },
            _ => return Err(wire::broken()),
        }
        let mut subscribe = Subscribe::new(&address.topic, QoS::AtMostOnce);
        subscribe.pkid = 1;
        self.say(&Packet::Subscribe(subscribe)).await?;
        loop {
            match self.packet().await? {
                Packet::SubAck(answer) => {
                    let is_good = answer.return_codes.iter().all(|code| *code != SubscribeReasonCode::Failure);
                    return if is_good { Ok(()) } else { Err(wire::denied()) };
                }
                // A server may send what it has before it says that it will.
                packet => take(&packet, records)?,
            }
        }
    }

    async fn say(&mut self, packet: &Packet) -> Result<(), SourceError> {
        let mut bytes = BytesMut::new();
        packet.write(&mut bytes, PACKET_MAX).map_err(|_| wire::broken())?;
        let written = async {
            self.wire.write_all(&bytes).await?;
            self.wire.flush().await
        };
        timeout(WAIT, written).await.map_err(|_| wire::late())?.map_err(|_| wire::broken())
    }

    async fn packet(&mut self) -> Result<Packet, SourceError> {
        loop {
            match Packet::read(&mut self.read, PACKET_MAX) {
                Ok(packet) => return Ok(packet),
                Err(Error::InsufficientBytes(_)) => {}
                Err(Error::PayloadSizeLimitExceeded(_)) => {
                    return Err(SourceError::remote("消息过长", "a message is too long"));
                }
                Err(_) => return Err(wire::broken()),
            }
            // Being dropped while it waits loses nothing.
            let read = self.wire.read_buf(&mut self.read).await.map_err(|_| wire::broken())?;
            if read == 0 {
                return Err(wire::broken());
            }
        }
    }
}
