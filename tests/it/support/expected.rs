//! What several tests expect.

/// The diff of a demotion of `ugly/half-role`.
pub const DIFF: &str = "\
--- half-role.CS.cfg
+++ half-role.CS.cfg
@@ -3,7 +3,7 @@
 ca.crl.MasterCRL.description=All certificates that this authority has revoked
 ca.crl.MasterCRL.enable=true
 ca.crl.MasterCRL.enableCRLCache=false
-ca.crl.MasterCRL.enableCRLUpdates=true
+ca.crl.MasterCRL.enableCRLUpdates=false
 ca.crl.pageSize=100
 ca.crldbInc=20
 ca.listenToCloneModifications=false
@@ -11,7 +11,8 @@
 cs.type=CA
 instanceId=pki-tomcat
 machineName=secondary.example.com
-master.ca.agent.host=primary.example.com
+master.ca.agent.host=ca9.example.com
+master.ca.agent.port=8443
 pkicreate.systemd.servicename=pki-tomcatd@pki-tomcat.service
 service.securePort=8443
 subsystem.select=Clone
";
