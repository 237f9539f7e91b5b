import sys
import chilkat2

# This example assumes the Chilkat API to have been previously unlocked.
# See Global Unlock Sample for sample code.

http = chilkat2.Http()

req = chilkat2.HttpRequest()
req.AddParam("grant_type","urn:ietf:params:oauth:grant-type:jwt-bearer")
req.AddParam("assertion","")

# resp is a CkHttpResponse
resp = http.PostUrlEncoded("https://login.salesforce.com{{site}}/services/oauth2/token",req)
if (http.LastMethodSuccess == False):
    print(http.LastErrorText)
    sys.exit()

sbResponseBody = chilkat2.StringBuilder()
resp.GetBodySb(sbResponseBody)

jResp = chilkat2.JsonObject()
jResp.LoadSb(sbResponseBody)
jResp.EmitCompact = False

print("Response Body:")
print(jResp.Emit())

respStatusCode = resp.StatusCode
print("Response Status Code = " + str(respStatusCode))
if (respStatusCode >= 400):
    print("Response Header:")
    print(resp.Header)
    print("Failed.")

    sys.exit()

# Sample JSON response:
# (Sample code for parsing the JSON response is shown below)

# {
#   "access_token": "<access_token>",
#   "scope": "web openid api full",
#   "instance_url": "https://<my_domain>",
#   "id": "https://login.salesforce.com/id/00D.../005...",
#   "token_type": "Bearer"
# }

# Sample code for parsing the JSON response...
# Use this online tool to generate parsing code from sample JSON: Generate JSON Parsing Code

access_token = jResp.StringOf("access_token")
scope = jResp.StringOf("scope")
instance_url = jResp.StringOf("instance_url")
id = jResp.StringOf("id")
token_type = jResp.StringOf("token_type")
