//! The structures on the wire, as the modules of RFC 3161 App. B, RFC 5652 §12, RFC 5035 App. A and RFC 4210 §5.2.3 have them. They borrow from the bytes
//! and check nothing beyond their shape.

use der::asn1::{AnyRef, BitStringRef, IntRef, ObjectIdentifier, OctetStringRef, Utf8StringRef};
use der::{DecodeValue, EncodeValue, FixedTag, Header, Length, Reader, Sequence, SliceReader, Tag, Writer};
use x509_cert::ext::Extensions;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::AlgorithmIdentifierRef;

/// TimeStampReq, RFC 3161 §2.4.1; always with a nonce, and without extensions, of which none is defined.
#[derive(Debug, Sequence)]
pub(super) struct TimeStampReq<'a> {
    pub(super) version: u8,
    pub(super) imprint: MessageImprint<'a>,
    pub(super) policy: Option<ObjectIdentifier>,
    pub(super) nonce: u64,
    #[asn1(default = "Default::default")]
    pub(super) cert_req: bool,
}

/// MessageImprint.
#[derive(Clone, Copy, Debug, Sequence)]
pub(super) struct MessageImprint<'a> {
    pub(super) algorithm: AlgorithmIdentifierRef<'a>,
    pub(super) bytes: &'a OctetStringRef,
}

/// TimeStampResp, RFC 3161 §2.4.2.
#[derive(Debug, Sequence)]
pub(super) struct TimeStampResp<'a> {
    pub(super) status: PkiStatusInfo<'a>,
    pub(super) token: Option<AnyRef<'a>>,
}

/// PKIStatusInfo.
#[derive(Debug, Sequence)]
pub(super) struct PkiStatusInfo<'a> {
    pub(super) status: u8,
    pub(super) text: Option<Vec<Utf8StringRef<'a>>>,
    pub(super) failures: Option<BitStringRef<'a>>,
}

/// ContentInfo, RFC 5652 §3.
#[derive(Debug, Sequence)]
pub(super) struct ContentInfo<'a> {
    pub(super) content_type: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    pub(super) content: AnyRef<'a>,
}

/// SignedData, RFC 5652 §5.1.
#[derive(Debug, Sequence)]
pub(super) struct SignedData<'a> {
    pub(super) version: u8,
    pub(super) digest_algorithms: SetOf<'a>,
    pub(super) content: EncapsulatedContent<'a>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    pub(super) certificates: Option<SetOf<'a>>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    pub(super) lists: Option<SetOf<'a>>,
    pub(super) signers: SetOf<'a>,
}

/// EncapsulatedContentInfo, RFC 5652 §5.2.
#[derive(Debug, Sequence)]
pub(super) struct EncapsulatedContent<'a> {
    pub(super) content_type: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) content: Option<&'a OctetStringRef>,
}

/// SignerInfo, RFC 5652 §5.3.
#[derive(Debug, Sequence)]
pub(super) struct SignerInfo<'a> {
    pub(super) version: u8,
    pub(super) signer: AnyRef<'a>,
    pub(super) digest_algorithm: AlgorithmIdentifierRef<'a>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    pub(super) signed: Option<SetOf<'a>>,
    pub(super) signature_algorithm: AlgorithmIdentifierRef<'a>,
    pub(super) signature: &'a OctetStringRef,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    pub(super) unsigned: Option<SetOf<'a>>,
}

/// IssuerAndSerialNumber, RFC 5652 §10.2.4.
#[derive(Debug, Sequence)]
pub(super) struct IssuerAndSerial {
    pub(super) issuer: Name,
    pub(super) serial: SerialNumber,
}

/// Attribute.
#[derive(Debug, Sequence)]
pub(super) struct Attribute<'a> {
    pub(super) oid: ObjectIdentifier,
    pub(super) values: SetOf<'a>,
}

/// SigningCertificate, RFC 5035 §5.4.1.
#[derive(Debug, Sequence)]
pub(super) struct SigningCertificate<'a> {
    pub(super) certificates: Vec<EssCertId<'a>>,
    pub(super) policies: Option<AnyRef<'a>>,
}

/// ESSCertID: the hash is SHA-1.
#[derive(Debug, Sequence)]
pub(super) struct EssCertId<'a> {
    pub(super) hash: &'a OctetStringRef,
    pub(super) issuer: Option<IssuerSerial>,
}

/// SigningCertificateV2, RFC 5035 §3.
#[derive(Debug, Sequence)]
pub(super) struct SigningCertificateV2<'a> {
    pub(super) certificates: Vec<EssCertIdV2<'a>>,
    pub(super) policies: Option<AnyRef<'a>>,
}

/// ESSCertIDv2: the hash is SHA-256 if nothing else is said.
#[derive(Debug, Sequence)]
pub(super) struct EssCertIdV2<'a> {
    pub(super) algorithm: Option<AlgorithmIdentifierRef<'a>>,
    pub(super) hash: &'a OctetStringRef,
    pub(super) issuer: Option<IssuerSerial>,
}

/// IssuerSerial.
#[derive(Debug, Sequence)]
pub(super) struct IssuerSerial {
    pub(super) names: Vec<GeneralName>,
    pub(super) serial: SerialNumber,
}

/// TSTInfo, RFC 3161 §2.4.2.
#[derive(Debug, Sequence)]
pub(super) struct TstInfo<'a> {
    pub(super) version: u8,
    pub(super) policy: ObjectIdentifier,
    pub(super) imprint: MessageImprint<'a>,
    pub(super) serial: IntRef<'a>,
    pub(super) time: GenTime<'a>,
    pub(super) accuracy: Option<Accuracy>,
    #[asn1(default = "Default::default")]
    pub(super) ordering: bool,
    pub(super) nonce: Option<IntRef<'a>>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) authority: Option<GeneralName>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    pub(super) extensions: Option<Extensions>,
}

/// Accuracy: the parts of a second are from 1 to 999.
#[derive(Clone, Copy, Debug, Sequence)]
pub(super) struct Accuracy {
    pub(super) seconds: Option<u32>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    pub(super) millis: Option<u16>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    pub(super) micros: Option<u16>,
}

/// The elements of a set, unread, in the order they came in.
#[derive(Clone, Copy, Debug)]
pub(super) struct SetOf<'a>(pub(super) &'a [u8]);

impl<'a> SetOf<'a> {
    /// Each element with its tag and length.
    pub(super) fn elements(&self) -> der::Result<Vec<&'a [u8]>> {
        let mut reader = SliceReader::new(self.0)?;
        let mut elements = Vec::new();
        while !reader.is_finished() {
            elements.push(reader.tlv_bytes()?);
        }
        Ok(elements)
    }
}

/// A GeneralizedTime with a fraction, which the library's type has not.
#[derive(Clone, Copy, Debug)]
pub(super) struct GenTime<'a>(pub(super) &'a [u8]);

/// Both are bytes under a tag.
macro_rules! raw {
    ($name:ident, $tag:expr) => {
        impl FixedTag for $name<'_> {
            const TAG: Tag = $tag;
        }

        impl<'a> DecodeValue<'a> for $name<'a> {
            type Error = der::Error;

            fn decode_value<R: Reader<'a>>(reader: &mut R, header: Header) -> der::Result<Self> {
                reader.read_slice(header.length()).map(Self)
            }
        }

        impl EncodeValue for $name<'_> {
            fn value_len(&self) -> der::Result<Length> {
                Length::try_from(self.0.len())
            }

            fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
                writer.write(self.0)
            }
        }
    };
}

raw!(SetOf, Tag::Set);
raw!(GenTime, Tag::GeneralizedTime);
