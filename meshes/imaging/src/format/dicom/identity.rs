//! What may identify the patient: only the names of such attributes are kept.

use super::dataset::DataSet;
use super::tags::Tag;
use std::collections::BTreeSet;

/// What the attributes of manufacturers are called together: nobody but them knows what they say.
const PRIVATE: &str = "private attributes";

/// Sequences within sequences are searched so far.
const DEEPEST: usize = 8;

/// Adds the keywords of the identifying attributes that are present and not empty, those within sequences included.
/// No value is looked at but for being there.
pub(super) fn find_identifying(set: &DataSet<'_>, found: &mut BTreeSet<String>) {
    search(set, DEEPEST, found);
}

fn search(set: &DataSet<'_>, depth: usize, found: &mut BTreeSet<String>) {
    for element in set.elements.iter().filter(|element| !set.is_blank(element)) {
        if element.tag.is_private() {
            found.insert(PRIVATE.to_owned());
            continue;
        }
        if let Ok(place) = IDENTIFYING.binary_search_by_key(&element.tag, |&(tag, _)| tag) {
            found.insert(IDENTIFYING[place].1.to_owned());
        }
        if depth > 0 && set.has_items(element) {
            // A damaged sequence is no reason to refuse an image that does not need it.
            for item in set.items_of(element).unwrap_or_default() {
                search(&item, depth - 1, found);
            }
        }
    }
}

/// The attributes of the Basic Application Level Confidentiality Profile (DICOM PS3.15, table E.1-1) that occur with
/// images, in ascending order.
const IDENTIFYING: &[(Tag, &str)] = &[
    (Tag(0x0008, 0x0012), "InstanceCreationDate"),
    (Tag(0x0008, 0x0013), "InstanceCreationTime"),
    (Tag(0x0008, 0x0014), "InstanceCreatorUID"),
    (Tag(0x0008, 0x0018), "SOPInstanceUID"),
    (Tag(0x0008, 0x0020), "StudyDate"),
    (Tag(0x0008, 0x0021), "SeriesDate"),
    (Tag(0x0008, 0x0022), "AcquisitionDate"),
    (Tag(0x0008, 0x0023), "ContentDate"),
    (Tag(0x0008, 0x002A), "AcquisitionDateTime"),
    (Tag(0x0008, 0x0030), "StudyTime"),
    (Tag(0x0008, 0x0031), "SeriesTime"),
    (Tag(0x0008, 0x0032), "AcquisitionTime"),
    (Tag(0x0008, 0x0033), "ContentTime"),
    (Tag(0x0008, 0x0050), "AccessionNumber"),
    (Tag(0x0008, 0x0080), "InstitutionName"),
    (Tag(0x0008, 0x0081), "InstitutionAddress"),
    (Tag(0x0008, 0x0082), "InstitutionCodeSequence"),
    (Tag(0x0008, 0x0090), "ReferringPhysicianName"),
    (Tag(0x0008, 0x0092), "ReferringPhysicianAddress"),
    (Tag(0x0008, 0x0094), "ReferringPhysicianTelephoneNumbers"),
    (Tag(0x0008, 0x009C), "ConsultingPhysicianName"),
    (Tag(0x0008, 0x0201), "TimezoneOffsetFromUTC"),
    (Tag(0x0008, 0x1010), "StationName"),
    (Tag(0x0008, 0x1030), "StudyDescription"),
    (Tag(0x0008, 0x103E), "SeriesDescription"),
    (Tag(0x0008, 0x1040), "InstitutionalDepartmentName"),
    (Tag(0x0008, 0x1048), "PhysiciansOfRecord"),
    (Tag(0x0008, 0x1050), "PerformingPhysicianName"),
    (Tag(0x0008, 0x1060), "NameOfPhysiciansReadingStudy"),
    (Tag(0x0008, 0x1070), "OperatorsName"),
    (Tag(0x0008, 0x1072), "OperatorIdentificationSequence"),
    (Tag(0x0008, 0x1080), "AdmittingDiagnosesDescription"),
    (Tag(0x0008, 0x1110), "ReferencedStudySequence"),
    (Tag(0x0008, 0x1120), "ReferencedPatientSequence"),
    (Tag(0x0008, 0x1140), "ReferencedImageSequence"),
    (Tag(0x0008, 0x2111), "DerivationDescription"),
    (Tag(0x0008, 0x2112), "SourceImageSequence"),
    (Tag(0x0008, 0x3010), "IrradiationEventUID"),
    (Tag(0x0010, 0x0010), "PatientName"),
    (Tag(0x0010, 0x0020), "PatientID"),
    (Tag(0x0010, 0x0021), "IssuerOfPatientID"),
    (Tag(0x0010, 0x0030), "PatientBirthDate"),
    (Tag(0x0010, 0x0032), "PatientBirthTime"),
    (Tag(0x0010, 0x0040), "PatientSex"),
    (Tag(0x0010, 0x0050), "PatientInsurancePlanCodeSequence"),
    (Tag(0x0010, 0x1000), "OtherPatientIDs"),
    (Tag(0x0010, 0x1001), "OtherPatientNames"),
    (Tag(0x0010, 0x1002), "OtherPatientIDsSequence"),
    (Tag(0x0010, 0x1005), "PatientBirthName"),
    (Tag(0x0010, 0x1010), "PatientAge"),
    (Tag(0x0010, 0x1020), "PatientSize"),
    (Tag(0x0010, 0x1030), "PatientWeight"),
    (Tag(0x0010, 0x1040), "PatientAddress"),
    (Tag(0x0010, 0x1060), "PatientMotherBirthName"),
    (Tag(0x0010, 0x1080), "MilitaryRank"),
    (Tag(0x0010, 0x1081), "BranchOfService"),
    (Tag(0x0010, 0x1090), "MedicalRecordLocator"),
    (Tag(0x0010, 0x2000), "MedicalAlerts"),
    (Tag(0x0010, 0x2110), "Allergies"),
    (Tag(0x0010, 0x2150), "CountryOfResidence"),
    (Tag(0x0010, 0x2152), "RegionOfResidence"),
    (Tag(0x0010, 0x2154), "PatientTelephoneNumbers"),
    (Tag(0x0010, 0x2160), "EthnicGroup"),
    (Tag(0x0010, 0x2180), "Occupation"),
    (Tag(0x0010, 0x21A0), "SmokingStatus"),
    (Tag(0x0010, 0x21B0), "AdditionalPatientHistory"),
    (Tag(0x0010, 0x21C0), "PregnancyStatus"),
    (Tag(0x0010, 0x21D0), "LastMenstrualDate"),
    (Tag(0x0010, 0x21F0), "PatientReligiousPreference"),
    (Tag(0x0010, 0x2201), "PatientSpeciesDescription"),
    (Tag(0x0010, 0x2203), "PatientSexNeutered"),
    (Tag(0x0010, 0x2297), "ResponsiblePerson"),
    (Tag(0x0010, 0x2299), "ResponsibleOrganization"),
    (Tag(0x0010, 0x4000), "PatientComments"),
    (Tag(0x0012, 0x0010), "ClinicalTrialSponsorName"),
    (Tag(0x0012, 0x0020), "ClinicalTrialProtocolID"),
    (Tag(0x0012, 0x0030), "ClinicalTrialSiteID"),
    (Tag(0x0012, 0x0031), "ClinicalTrialSiteName"),
    (Tag(0x0012, 0x0040), "ClinicalTrialSubjectID"),
    (Tag(0x0012, 0x0042), "ClinicalTrialSubjectReadingID"),
    (Tag(0x0018, 0x1000), "DeviceSerialNumber"),
    (Tag(0x0018, 0x1002), "DeviceUID"),
    (Tag(0x0018, 0x1004), "PlateID"),
    (Tag(0x0018, 0x1005), "GeneratorID"),
    (Tag(0x0018, 0x1007), "CassetteID"),
    (Tag(0x0018, 0x1008), "GantryID"),
    (Tag(0x0018, 0x1010), "SecondaryCaptureDeviceID"),
    (Tag(0x0018, 0x1012), "DateOfSecondaryCapture"),
    (Tag(0x0018, 0x1014), "TimeOfSecondaryCapture"),
    (Tag(0x0018, 0x1030), "ProtocolName"),
    (Tag(0x0018, 0x1042), "ContrastBolusStartTime"),
    (Tag(0x0018, 0x1043), "ContrastBolusStopTime"),
    (Tag(0x0018, 0x1200), "DateOfLastCalibration"),
    (Tag(0x0018, 0x1201), "TimeOfLastCalibration"),
    (Tag(0x0018, 0x1400), "AcquisitionDeviceProcessingDescription"),
    (Tag(0x0018, 0x4000), "AcquisitionComments"),
    (Tag(0x0018, 0x700A), "DetectorID"),
    (Tag(0x0018, 0xA003), "ContributionDescription"),
    (Tag(0x0020, 0x000D), "StudyInstanceUID"),
    (Tag(0x0020, 0x000E), "SeriesInstanceUID"),
    (Tag(0x0020, 0x0010), "StudyID"),
    (Tag(0x0020, 0x0052), "FrameOfReferenceUID"),
    (Tag(0x0020, 0x0200), "SynchronizationFrameOfReferenceUID"),
    (Tag(0x0020, 0x4000), "ImageComments"),
    (Tag(0x0020, 0x9158), "FrameComments"),
    (Tag(0x0020, 0x9161), "ConcatenationUID"),
    (Tag(0x0032, 0x1030), "ReasonForStudy"),
    (Tag(0x0032, 0x1032), "RequestingPhysician"),
    (Tag(0x0032, 0x1033), "RequestingService"),
    (Tag(0x0032, 0x1060), "RequestedProcedureDescription"),
    (Tag(0x0032, 0x1070), "RequestedContrastAgent"),
    (Tag(0x0032, 0x4000), "StudyComments"),
    (Tag(0x0038, 0x0010), "AdmissionID"),
    (Tag(0x0038, 0x0011), "IssuerOfAdmissionID"),
    (Tag(0x0038, 0x0020), "AdmittingDate"),
    (Tag(0x0038, 0x0021), "AdmittingTime"),
    (Tag(0x0038, 0x0050), "SpecialNeeds"),
    (Tag(0x0038, 0x0060), "ServiceEpisodeID"),
    (Tag(0x0038, 0x0300), "CurrentPatientLocation"),
    (Tag(0x0038, 0x0400), "PatientInstitutionResidence"),
    (Tag(0x0038, 0x0500), "PatientState"),
    (Tag(0x0038, 0x4000), "VisitComments"),
    (Tag(0x0040, 0x0001), "ScheduledStationAETitle"),
    (Tag(0x0040, 0x0006), "ScheduledPerformingPhysicianName"),
    (Tag(0x0040, 0x0026), "OrderPlacerIdentifierSequence"),
    (Tag(0x0040, 0x0241), "PerformedStationAETitle"),
    (Tag(0x0040, 0x0242), "PerformedStationName"),
    (Tag(0x0040, 0x0243), "PerformedLocation"),
    (Tag(0x0040, 0x0244), "PerformedProcedureStepStartDate"),
    (Tag(0x0040, 0x0245), "PerformedProcedureStepStartTime"),
    (Tag(0x0040, 0x0250), "PerformedProcedureStepEndDate"),
    (Tag(0x0040, 0x0251), "PerformedProcedureStepEndTime"),
    (Tag(0x0040, 0x0253), "PerformedProcedureStepID"),
    (Tag(0x0040, 0x0254), "PerformedProcedureStepDescription"),
    (Tag(0x0040, 0x0275), "RequestAttributesSequence"),
    (Tag(0x0040, 0x1001), "RequestedProcedureID"),
    (Tag(0x0040, 0x1002), "ReasonForTheRequestedProcedure"),
    (Tag(0x0040, 0x1004), "PatientTransportArrangements"),
    (Tag(0x0040, 0x1010), "NamesOfIntendedRecipientsOfResults"),
    (Tag(0x0040, 0x1101), "PersonIdentificationCodeSequence"),
    (Tag(0x0040, 0x1102), "PersonAddress"),
    (Tag(0x0040, 0x1103), "PersonTelephoneNumbers"),
    (Tag(0x0040, 0x1400), "RequestedProcedureComments"),
    (Tag(0x0040, 0x2400), "ImagingServiceRequestComments"),
    (Tag(0x0040, 0xA027), "VerifyingOrganization"),
    (Tag(0x0040, 0xA075), "VerifyingObserverName"),
    (Tag(0x0040, 0xA123), "PersonName"),
    (Tag(0x0040, 0xA124), "UID"),
    (Tag(0x0070, 0x0001), "GraphicAnnotationSequence"),
    (Tag(0x0070, 0x0084), "ContentCreatorName"),
    (Tag(0x0070, 0x0086), "ContentCreatorIdentificationCodeSequence"),
    (Tag(0x0088, 0x0140), "StorageMediaFileSetUID"),
    (Tag(0x0400, 0x0561), "OriginalAttributesSequence"),
    (Tag(0x2030, 0x0020), "TextString"),
    (Tag(0x3006, 0x0024), "ReferencedFrameOfReferenceUID"),
    (Tag(0x4008, 0x0102), "InterpretationRecorder"),
    (Tag(0x4008, 0x010B), "InterpretationText"),
    (Tag(0xFFFA, 0xFFFA), "DigitalSignaturesSequence"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_order() {
        assert!(IDENTIFYING.is_sorted_by(|a, b| a.0 < b.0));
    }
}
